export interface Spent {
  /** By the clock. */
  readonly wallMs: number
  /** Of this process: what else the machine does is not in it. */
  readonly cpuMs: number
}

/** Time spent under each of some names. */
export class Stopwatch<Name extends string> {
  readonly #spent = new Map<Name, Spent>()

  time<T>(name: Name, work: () => T): T {
    const since = startTimer()
    try {
      return work()
    } finally {
      this.#add(name, since())
    }
  }

  async timeAsync<T>(name: Name, work: () => Promise<T>): Promise<T> {
    const since = startTimer()
    try {
      return await work()
    } finally {
      this.#add(name, since())
    }
  }

  get total(): Spent {
    return [...this.#spent.values()].reduce(sum, NONE)
  }

  of(name: Name): Spent {
    return this.#spent.get(name) ?? NONE
  }

  #add(name: Name, spent: Spent): void {
    this.#spent.set(name, sum(this.of(name), spent))
  }
}

/** Answers what was spent since. */
export function startTimer(): () => Spent {
  const cpu = process.cpuUsage()
  const wall = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(cpu)
    return { wallMs: performance.now() - wall, cpuMs: (user + system) / 1000 }
  }
}

const NONE: Spent = { wallMs: 0, cpuMs: 0 }

function sum(a: Spent, b: Spent): Spent {
  return { wallMs: a.wallMs + b.wallMs, cpuMs: a.cpuMs + b.cpuMs }
}

/** Three significant digits: more would only pretend. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3))
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
