import { TacitError } from '@tacit/shared/errors'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { Shuffle } from '../data/index.js'
import { type Availability, availabilityOf } from './availability.js'
import { type At, type Behaviour, latencies, lognormal, vanishStep } from './behaviour.js'
import { kindsOf } from './kinds.js'
import { DEFAULT_POPULATION, type PopulationSettings, type SpeedClass } from './settings.js'
import { type Interval, Trace } from './trace.js'
import { readTrace } from './trace-file.js'

/** How long a round waits for enough devices, in virtual time. */
const LONGEST_WAIT_MS = 7 * 24 * 3_600_000

export interface PopulationOptions {
  readonly seed: number
  /** Share of a round's devices that is lost in all, in [0, 1), where their class says nothing. */
  readonly dropout: number
  /** Median delay of each of a device's answers, in virtual milliseconds; 0 for none. */
  readonly latencyMs: number
  /** What is not said is as DEFAULT_POPULATION has it. */
  readonly population?: Partial<PopulationSettings>
}

export interface Devices {
  /** Ids of the data's devices, which only a trace needs; those from `training` on never train. */
  readonly ids: () => readonly string[]
  readonly training: number
  /** Events that a device trains on. */
  readonly historyLength: (device: number) => number
}

/** Who is in a round, and when it begins. */
export interface RoundStart {
  readonly round: number
  /** Virtual milliseconds since the run began. */
  readonly atMs: number
  /** What it waited for enough devices to be there. */
  readonly waitedMs: number
  /** Devices that were there. */
  readonly available: number
  /** Ascending. */
  readonly cohort: readonly number[]
}

/** What a round moves, in bytes for each device. */
export interface RoundBytes {
  readonly upload: number
  readonly download: number
}

/**
 * Who is there when, and how devices behave: functions of (seed, round or virtual time, device) and of nothing
 * else, so that every transport and every number of workers sees the same population. Nothing is kept for a device
 * but its region and its class, one byte each.
 */
export class Population {
  readonly #seed: number
  readonly #dropout: number
  readonly #latencyMs: number
  readonly #settings: PopulationSettings
  readonly #devices: Devices
  readonly #availability: Availability
  readonly #trace: Trace | undefined
  readonly #classes: Uint8Array

  /**
   * @throws TACIT_DATA_UNREADABLE, TACIT_DATA_EMPTY, TACIT_DATA_MALFORMED for the trace; TACIT_CONFIG_INVALID where
   * the settings say again what the trace does
   */
  constructor({ seed, dropout, latencyMs, population }: PopulationOptions, devices: Devices) {
    const settings = { ...DEFAULT_POPULATION, ...population }
    this.#seed = seed
    this.#dropout = dropout
    this.#latencyMs = latencyMs
    this.#settings = settings
    this.#devices = devices
    this.#trace = traceOf(settings, devices)
    this.#availability = this.#trace ?? availabilityOf(settings, seed, devices.training)
    const shares = settings.speeds.map(({ share }) => share)
    this.#classes = kindsOf(shares, devices.training, { seed, purpose: 'speed' })
  }

  /** Share of a cohort that is expected to be lost. */
  get expectedDropout(): number {
    return this.#settings.speeds.reduce((sum, { share }, kind) => sum + share * this.#dropoutOf(kind), 0)
  }

  /** Hour of the day, UTC, at a virtual time: 0 .. 23. */
  hourAt(atMs: number): number {
    return Math.floor(this.#settings.startHour + atMs / 3_600_000) % 24
  }

  /** Devices that train. */
  get devices(): number {
    return this.#devices.training
  }

  get speeds(): readonly SpeedClass[] {
    return this.#settings.speeds
  }

  classOf(device: number): SpeedClass {
    return this.#settings.speeds[this.#classes[device]!]!
  }

  /** When the round after one may begin, if enough devices are there. */
  nextAt(started: number, ended: number): number {
    return Math.max(ended, started + this.#settings.roundEveryMinutes * 60_000)
  }

  /**
   * Invites devices that are there: as soon as there are enough.
   * @param fromMs when the round may begin, in virtual milliseconds
   * @param wanted devices
   * @throws TACIT_DEVICES_UNAVAILABLE where there are not enough within a week
   */
  start(round: number, fromMs: number, wanted: number): RoundStart {
    const atMs = this.#waitFor(round, fromMs, wanted)
    const there = this.#availability.devices(atMs)
    const draws = new Draws(new SeededRandom({ seed: this.#seed, round, purpose: 'cohort' }))
    const chosen = new Shuffle(draws, there.length, wanted).take(wanted)
    for (let i = 0; i < chosen.length; i++) chosen[i] = there[chosen[i]!]!
    const cohort = Array.from(chosen.sort())
    return { round, atMs, waitedMs: atMs - fromMs, available: there.length, cohort }
  }

  /** Begins at once; of the devices that are there, those take part that say so, in their order. */
  startWith(round: number, atMs: number, chosen: (there: ArrayLike<number>) => number[]): RoundStart {
    const there = this.#availability.devices(atMs)
    return { round, atMs, waitedMs: 0, available: there.length, cohort: chosen(there) }
  }

  /** How the devices of a round behave: drawn anew each time that it is asked, and the same each time. */
  behaviours({ round, atMs }: Pick<RoundStart, 'round' | 'atMs'>, bytes: RoundBytes) {
    return (device: number): Behaviour => this.#behaviour({ seed: this.#seed, round, device }, atMs, bytes)
  }

  #waitFor(round: number, fromMs: number, wanted: number): number {
    let most = 0
    for (let at: number | undefined = fromMs; at !== undefined && at - fromMs <= LONGEST_WAIT_MS; ) {
      const there = this.#availability.count(at)
      if (there >= wanted) return at
      most = Math.max(most, there)
      at = this.#availability.nextChange(at)
    }
    throw new TacitError('TACIT_DEVICES_UNAVAILABLE', { round, wanted, most })
  }

  #behaviour(at: At, startMs: number, bytes: RoundBytes): Behaviour {
    const { latencySpread, downloadRatio } = this.#settings
    const interval = this.#trace?.intervalAt(at.device, startMs)
    const delays = latencies({ median: this.#latencyMs, spread: latencySpread }, at)
    const bitsPerMs = this.#uploadBitsPerSecond(at.device, interval) / 1000
    const sending = (size: number, rate: number) => (rate === 0 ? 0 : (8 * size) / rate)
    return {
      vanishesAt: vanishStep(this.#dropoutOf(this.#classes[at.device]!), at),
      leavesAfterMs: this.#trace ? this.#trace.staysUntil(at.device, startMs) - startMs : Infinity,
      joinMs: delays.joinMs,
      trainMs:
        delays.trainMs + sending(bytes.download, bitsPerMs * downloadRatio) + this.#trainingMs(at, interval),
      uploadMs: delays.uploadMs + sending(bytes.upload, bitsPerMs),
      stepMs: delays.stepMs,
    }
  }

  #dropoutOf(kind: number): number {
    return this.#settings.speeds[kind]!.dropout ?? this.#dropout
  }

  #trainingMs(at: At, interval: Interval | undefined): number {
    const { trainingMsPerEvent: median, trainingSpread: spread } = this.#settings
    if (median === 0) return 0
    const perEvent = lognormal(
      { median, spread },
      new Draws(new SeededRandom({ ...at, purpose: 'training-time' })),
    )
    const stated = interval?.speed ?? Number.NaN
    const speed = Number.isNaN(stated) ? this.classOf(at.device).speed : stated
    return (perEvent * this.#devices.historyLength(at.device)) / speed
  }

  /** 0 where sending takes no time. */
  #uploadBitsPerSecond(device: number, interval: Interval | undefined): number {
    const stated = interval?.uploadBitsPerSecond ?? Number.NaN
    if (!Number.isNaN(stated)) return stated
    const { uploadBitsPerSecond: median, bandwidthSpread: spread } = this.#settings
    if (median === 0) return 0
    return lognormal(
      { median, spread },
      new Draws(new SeededRandom({ seed: this.#seed, device, purpose: 'bandwidth' })),
    )
  }
}

function traceOf(settings: PopulationSettings, { ids, training }: Devices): Trace | undefined {
  if (settings.trace === null) return undefined
  const { intervals, saysSpeed, saysBandwidth } = readTrace(settings.trace, ids())
  const twice = (path: string) =>
    new TacitError('TACIT_CONFIG_INVALID', { path, problem: 'the trace says it: leave one of them out' })
  if (settings.availability !== 'always') throw twice('population.availability')
  if (saysSpeed && settings.speeds.some(({ speed }) => speed !== 1)) throw twice('population.speeds')
  if (saysBandwidth && settings.uploadBitsPerSecond > 0) throw twice('population.uploadBitsPerSecond')
  return new Trace(intervals, training)
}
