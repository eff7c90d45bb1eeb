import { TacitError } from '@tacit/shared/errors'
import type { Tensors } from '@tacit/shared/model'
import type { Behaviour, Population, RoundStart } from '../population/index.js'
import { BufferedCohorts, stalenessWeight } from './buffered-cohorts.js'
import type { RoundRecord } from './record.js'

/** Rounds of whoever has finished, not of whoever is invited: see {@link BufferedCohorts}. */
export interface BufferedSettings {
  /** Devices that train at any time. */
  readonly concurrency: number
  /** Rounds that an update may have fallen behind. */
  readonly maxStaleness: number
}

/** A model that devices at work train from still, by the round that released it; 0 for the initial one. */
export interface OlderModel {
  readonly round: number
  readonly model: Tensors
}

/** What a device of a round trained from, and what its update weighs. */
export interface Basis {
  readonly tensors: Tensors
  readonly weight: number
}

/** How old the updates of a round are, in rounds. */
export interface Staleness {
  readonly mean: number
  readonly max: number
}

interface BufferedSetup extends BufferedSettings {
  readonly seed: number
  /** Devices of a round: K. */
  readonly buffer: number
  readonly population: Population
  /** Bytes of the model that a device at work downloads first. */
  readonly downloadBytes: number
  /** What a run that goes on has behind it. */
  readonly records: readonly RoundRecord[]
  readonly older: readonly OlderModel[]
}

/** Draws for work that begins are none of those for a round: its number is beyond all of theirs. */
const WORK = 2 ** 31

/** Steps at which a device that has finished its work cannot be lost any more: it was lost at them before. */
const AT_WORK: readonly Behaviour['vanishesAt'][] = ['join', 'keys', 'train']

/** Who is in a buffered round, from what they trained, and the models that have to be kept for it. */
export class BufferedRounds {
  readonly #cohorts: BufferedCohorts
  readonly #models: Map<number, Tensors>
  #versions = new Map<number, number>()
  #newest: number

  /** @throws TACIT_CONFIG_INVALID where there are too few devices for all that work and a buffer beside them */
  constructor({ population, downloadBytes, records, older, ...options }: BufferedSetup) {
    const { devices } = population
    if (options.concurrency + options.buffer > devices) {
      const problem = `${options.concurrency} at work and ${options.buffer} in a round are more than the ${devices} devices there are`
      throw new TacitError('TACIT_CONFIG_INVALID', { path: 'concurrency', problem })
    }
    const bytes = { upload: 0, download: downloadBytes }
    this.#cohorts = new BufferedCohorts({
      ...options,
      devices,
      workMs: (device, start) => {
        const { trainMs, vanishesAt } = population.behaviours({ round: WORK + start, atMs: 0 }, bytes)(device)
        return AT_WORK.includes(vanishesAt) ? undefined : trainMs
      },
    })
    this.#models = new Map(older.map(({ round, model }) => [round, model]))
    this.#newest = this.#replay(records)
  }

  /**
   * @param newest the model of the newest release, which the next devices to begin work get
   * @param nowMs virtual time at which the round before ended
   */
  start(round: number, newest: Tensors, nowMs: number): RoundStart {
    this.#models.set(this.#newest, newest)
    const { atMs, members } = this.#cohorts.next(this.#newest, nowMs)
    this.#versions = new Map(members.map(({ device, version }) => [device, version]))
    const cohort = [...this.#versions.keys()].sort((a, b) => a - b)
    return { round, atMs, waitedMs: 0, available: cohort.length, cohort }
  }

  basisOf(device: number): Basis {
    const version = this.#versions.get(device)!
    return { tensors: this.#models.get(version)!, weight: stalenessWeight(this.#newest - version) }
  }

  /** What a device does in the round itself, its work being done. */
  inRound(behaviour: Behaviour): Behaviour {
    const vanishesAt = AT_WORK.includes(behaviour.vanishesAt) ? undefined : behaviour.vanishesAt
    return { ...behaviour, vanishesAt, trainMs: 0 }
  }

  get staleness(): Staleness {
    const ages = [...this.#versions.values()].map((version) => this.#newest - version)
    return { mean: ages.reduce((sum, age) => sum + age, 0) / ages.length, max: Math.max(...ages) }
  }

  /** The round is over. Models that nobody trains from any more are forgotten. */
  ended({ round, outcome }: Pick<RoundRecord, 'round' | 'outcome'>): void {
    if (outcome === 'released') this.#newest = round
    const { oldestVersion } = this.#cohorts
    for (const version of this.#models.keys()) if (version < oldestVersion) this.#models.delete(version)
  }

  get older(): readonly OlderModel[] {
    return [...this.#models].map(([round, model]) => ({ round, model }))
  }

  /** Draws anew who was in the rounds so far: who is at work now follows from it. */
  #replay(records: readonly RoundRecord[]): number {
    let newest = 0
    let nowMs = 0
    for (const { round, outcome, virtualMs } of records) {
      this.#cohorts.next(newest, nowMs)
      if (outcome === 'released') newest = round
      nowMs = virtualMs
    }
    return newest
  }
}
