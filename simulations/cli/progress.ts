import { epsilonFigure } from '../report/format.js'
import type { RoundRecord } from '../runner/index.js'

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
  /** A run that goes on does not begin with round 1. */
  #first: number | undefined

  /** @param now milliseconds, for the time left */
  constructor(terminal: Terminal, now: () => number) {
    this.#terminal = terminal
    this.#now = now
    this.#began = now()
  }

  show(record: RoundRecord, rounds: number): void {
    const line = this.#line(record, rounds)
    if (!this.#terminal.isTTY) {
      this.#terminal.write(`${line}\n`)
      return
    }
    const columns = (this.#terminal.columns ?? 80) - 1
    const width = Math.max(0, Math.min(BAR, columns - line.length - 1))
    const done = Math.round((width * record.round) / rounds)
    const bar = width < 4 ? '' : `${'█'.repeat(done)}${'░'.repeat(width - done)} `
    const text = `${bar}${line}`.slice(0, columns)
    this.#terminal.write(`\r\u001b[2K${text}${record.round === rounds ? '\n' : ''}`)
  }

  #line({ round, outcome, devices, validation, privacy }: RoundRecord, rounds: number): string {
    // Validation, not test: whoever watches and tunes must not choose by what is reported.
    const score = validation ? `validation HR@10 ${validation['hr@10'].toFixed(4)}` : outcome
    this.#first ??= round
    const left = ((this.#now() - this.#began) / (round - this.#first + 1)) * (rounds - round)
    const spent = privacy ? `  epsilon ${epsilonFigure(privacy.epsilon)}` : ''
    return `round ${round}/${rounds}  ${score}${spent}  ${devices} devices  ${duration(left)} left`
  }
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
