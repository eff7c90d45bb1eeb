import type { Ended, RoundDone } from '../sweep/index.js'
import type { Terminal } from './progress.js'

/** How far a sweep is: a line for each run that ended and, on a terminal, one that is redrawn for those under way. */
export class SweepProgress {
  readonly #terminal: Terminal
  readonly #runs: number
  readonly #underWay = new Map<string, RoundDone | undefined>()
  #ended: number

  /** @param finished runs that were finished before */
  constructor(terminal: Terminal, runs: number, finished: number) {
    this.#terminal = terminal
    this.#runs = runs
    this.#ended = finished
  }

  started(name: string): void {
    this.#underWay.set(name, undefined)
    this.#redraw()
  }

  round(name: string, done: RoundDone): void {
    this.#underWay.set(name, done)
    this.#redraw()
  }

  ended(name: string, ended: Ended): void {
    this.#underWay.delete(name)
    // One that was stopped is not done with.
    if (ended.kind !== 'interrupted') this.#ended++
    const isTTY = this.#terminal.isTTY
    this.#terminal.write(
      `${isTTY ? CLEAR : ''}[${this.#ended}/${this.#runs}] ${name}  ${outcomeText(ended)}\n`,
    )
    this.#redraw()
  }

  #redraw(): void {
    if (!this.#terminal.isTTY || this.#underWay.size === 0) return
    const now = [...this.#underWay].map(([name, done]) =>
      done ? `${name} ${done.round}/${done.rounds}` : `${name} begins`,
    )
    const line = `${this.#ended} of ${this.#runs} done; ${now.join(', ')}`
    this.#terminal.write(`${CLEAR}${line.slice(0, (this.#terminal.columns ?? 80) - 1)}`)
  }
}

const CLEAR = '\r\u001b[2K'

/** Validation, not test: whoever watches and tunes must not choose by what is reported. */
function outcomeText(ended: Ended): string {
  if (ended.kind === 'interrupted') return `stopped after round ${ended.round}`
  if (ended.kind === 'failed') return `FAILED: ${ended.problem.split('\n')[0]}`
  const { validation, wallMs } = ended
  const score = validation === null ? 'no validation' : `validation HR@10 ${validation.toFixed(4)}`
  return `${score}  ${(wallMs / 1000).toFixed(1)} s`
}
