import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A real process of the project, its output kept. */
export class Process {
  readonly child: ChildProcess
  output = ''
  readonly #exited: Promise<number | null>
  readonly #waiting = new Set<() => void>()

  /** @param script path of a JavaScript file, from the root of the repository */
  constructor(script: string, args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [script, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const hear = (chunk: Buffer) => {
      this.output += chunk.toString()
      for (const look of this.#waiting) look()
    }
    this.child.stdout!.on('data', hear)
    this.child.stderr!.on('data', hear)
    this.#exited = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)))
  }

  /** The first match in the output, once it is there. */
  match(pattern: RegExp, deadlineMs: number): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(deadline)
        this.#waiting.delete(look)
        act()
      }
      const look = () => {
        const found = this.output.match(pattern)
        if (found) settle(() => resolve(found))
      }
      const fail = () => reject(new Error(`no ${pattern} in ${deadlineMs} ms:\n${this.output}`))
      const deadline = setTimeout(() => settle(fail), deadlineMs)
      this.#waiting.add(look)
      look()
    })
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    return this.#exited
  }

  exit(): Promise<number | null> {
    return this.#exited
  }
}

/** Asks again and again, a little later each time, until the answer satisfies. */
export async function eventually<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  deadlineMs: number,
): Promise<T> {
  const until = performance.now() + deadlineMs
  let last: unknown
  while (performance.now() < until) {
    try {
      const answer = await ask()
      if (satisfies(answer)) return answer
      last = answer
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`not in ${deadlineMs} ms; last: ${last instanceof Error ? last : JSON.stringify(last)}`)
}

export async function json<T>(url: string): Promise<T> {
  const response = await fetch(url)
  return (await response.json()) as T
}
