import type { Progress } from '../runner/index.js'

export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

const BAR = 24

/** Shows how far a simulation is: one line redrawn on a terminal, a line per round elsewhere. */
export class ProgressDisplay {
  readonly #terminal: Terminal
  readonly #now: () => number
  readonly #began: number

  /** @param now milliseconds, for the time left */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal
    this.#now = now
    this.#began = now()
  }

  show(progress: Progress): void {
    const line = this.#line(progress)
    if (!this.#terminal.isTTY) {
      this.#terminal.write(`${line}\n`)
      return
    }
    const columns = (this.#terminal.columns ?? 80) - 1
    const width = Math.max(0, Math.min(BAR, columns - line.length - 1))
    const done = Math.round((width * progress.round) / progress.rounds)
    const bar = width < 4 ? '' : `${'█'.repeat(done)}${'░'.repeat(width - done)} `
    const text = `${bar}${line}`.slice(0, columns)
    this.#terminal.write(`\r\u001b[2K${text}${progress.round === progress.rounds ? '\n' : ''}`)
  }

  #line(progress: Progress): string {
    const { round, rounds, outcome, devices, point } = progress
    const score = point ? `HR@10 ${point.test['hr@10'].toFixed(4)}` : outcome
    const left = ((this.#now() - this.#began) / round) * (rounds - round)
    return `round ${round}/${rounds}  ${score}  ${devices} devices  ${duration(left)} left`
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
