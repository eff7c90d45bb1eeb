import { Draws, SeededRandom } from '@tacit/shared/random'

export interface BufferedOptions {
  readonly seed: number
  /** Devices that may be invited, numbered from 0; more than are at work and in a buffer together. */
  readonly devices: number
  /** Devices that train at any time. */
  readonly concurrency: number
  /** K: devices whose finished updates make a round. */
  readonly buffer: number
  /** Rounds that an update may have fallen behind; one that fell further is given up. */
  readonly maxStaleness: number
  /** From when a device gets the model until it has trained, in virtual milliseconds; undefined if it never does. */
  readonly workMs: (device: number, start: number) => number | undefined
}

/** A device at work: what it trains from, and when it will have trained. */
interface AtWork {
  readonly device: number
  /** The round that released its model; 0 for the initial one. */
  readonly version: number
  readonly doneAt: number
  readonly start: number
}

/** A device that has trained, from the model of the round of that number. */
export interface Finished {
  readonly device: number
  readonly version: number
}

export interface BufferedCohort {
  /** Virtual time at which the last of them has trained. */
  readonly atMs: number
  readonly members: readonly Finished[]
}

/** s(tau) = (1 + tau)^-1/2: the weight of an update that is tau rounds old (Nguyen et al. 2022, "Federated Learning with Buffered Asynchronous Aggregation", section 5). */
export function stalenessWeight(staleness: number): number {
  return 1 / Math.sqrt(1 + staleness)
}

/**
 * Who is in the rounds of buffered asynchronous training (FedBuff): `concurrency` devices are always at work, each
 * from the newest model there was when it began; whenever `buffer` of them have finished, they make a round. A
 * function of its options and of when rounds ended, so that a run that goes on draws what it would have drawn.
 */
export class BufferedCohorts {
  readonly #options: BufferedOptions
  /** Earliest first; of equal times the one that began first. */
  readonly #working: AtWork[] = []
  readonly #busy = new Set<number>()
  #starts = 0
  #version = 0

  constructor(options: BufferedOptions) {
    this.#options = options
  }

  /** The oldest model that anybody still trains from. */
  get oldestVersion(): number {
    return this.#working.reduce((oldest, { version }) => Math.min(oldest, version), this.#version)
  }

  /**
   * The next devices to have finished.
   * @param version the round whose release is the newest model
   * @param nowMs virtual time: no device gets that model before, and the round does not begin before
   */
  next(version: number, nowMs: number): BufferedCohort {
    this.#version = version
    const members: Finished[] = []
    let atMs = nowMs
    while (members.length < this.#options.buffer) {
      // Whoever has finished is replaced at once; the last of a round by one that gets what the round releases.
      this.#fill(atMs)
      const { device, version: from, doneAt, start } = this.#working.shift()!
      atMs = Math.max(atMs, doneAt)
      const lost = this.#options.workMs(device, start) === undefined
      if (lost || version - from > this.#options.maxStaleness) this.#busy.delete(device)
      else members.push({ device, version: from })
    }
    for (const { device } of members) this.#busy.delete(device)
    return { atMs, members }
  }

  #fill(nowMs: number): void {
    while (this.#working.length < this.#options.concurrency) this.#begin(nowMs)
  }

  #begin(nowMs: number): void {
    const { seed, devices, workMs } = this.#options
    const start = this.#starts++
    const draws = new Draws(new SeededRandom({ seed, round: start, purpose: 'cohort' }))
    let device = draws.below(devices)
    while (this.#busy.has(device)) device = draws.below(devices)
    this.#busy.add(device)
    const doneAt = nowMs + (workMs(device, start) ?? LOST_MS)
    const at = this.#working.findIndex((other) => other.doneAt > doneAt)
    this.#working.splice(at < 0 ? this.#working.length : at, 0, {
      device,
      version: this.#version,
      doneAt,
      start,
    })
  }
}

/** After so long a device is not waited for any more. */
const LOST_MS = 600_000
