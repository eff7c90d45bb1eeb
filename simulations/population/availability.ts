import { SeededRandom } from '@tacit/shared/random'
import { kindsOf } from './kinds.js'
import type { PopulationSettings, Region } from './settings.js'

export const HOUR_MS = 3_600_000

/** Which devices are there, and when that changes. Virtual milliseconds since the run began. */
export interface Availability {
  count(atMs: number): number
  /** Ascending. It is the answer to others too: not to be changed. */
  devices(atMs: number): Int32Array
  /** The next time at which more devices may be there than now; undefined where there is none. */
  nextChange(afterMs: number): number | undefined
}

/**
 * Share of devices that could train, by local hour: charging and idle at night, browsing in the evening, at work
 * by day. The shape is an assumption; its ratio of 4 between the best and the worst hour is what Bonawitz et al.
 * 2019 ("Towards Federated Learning at Scale", section 9) report of a production population.
 */
export const DIURNAL: readonly number[] = [
  0.36, 0.35, 0.35, 0.34, 0.32, 0.27, 0.19, 0.13, 0.1, 0.1, 0.1, 0.1, 0.11, 0.1, 0.1, 0.1, 0.11, 0.14, 0.19,
  0.26, 0.34, 0.39, 0.4, 0.38,
]

export function availabilityOf(
  settings: Pick<PopulationSettings, 'availability' | 'regions' | 'startHour'>,
  seed: number,
  devices: number,
): Availability {
  const { availability, regions, startHour } = settings
  if (availability === 'always') return new Always(devices)
  const curve = availability === 'diurnal' ? DIURNAL : availability
  return new ByHour({ curve, regions, startHour, seed, devices })
}

class Always implements Availability {
  readonly #everybody: Int32Array

  constructor(devices: number) {
    this.#everybody = Int32Array.from({ length: devices }, (_, device) => device)
  }

  count(): number {
    return this.#everybody.length
  }

  devices(): Int32Array {
    return this.#everybody
  }

  nextChange(): undefined {
    return undefined
  }
}

interface HourlyOptions {
  /** Share by local hour of day. */
  readonly curve: readonly number[]
  readonly regions: readonly Region[]
  readonly startHour: number
  readonly seed: number
  readonly devices: number
}

/** A device is there for an hour of its region's day, or not: a draw of (seed, hour, device). */
class ByHour implements Availability {
  readonly #options: HourlyOptions
  readonly #regions: Uint8Array
  #known: { readonly hours: string; readonly devices: Int32Array } | undefined

  constructor(options: HourlyOptions) {
    const { regions, devices, seed } = options
    this.#options = options
    this.#regions = kindsOf(
      regions.map(({ share }) => share),
      devices,
      { seed, purpose: 'region' },
    )
  }

  count(atMs: number): number {
    return this.devices(atMs).length
  }

  devices(atMs: number): Int32Array {
    const local = this.#options.regions.map((region) => this.#localHour(atMs, region))
    const hours = local.join()
    if (this.#known?.hours !== hours) this.#known = { hours, devices: this.#drawn(local) }
    return this.#known.devices
  }

  nextChange(afterMs: number): number {
    const { regions, startHour } = this.#options
    const next = regions.map(({ utcOffsetHours }) => {
      const shift = (startHour + utcOffsetHours) * HOUR_MS
      return (Math.floor((afterMs + shift) / HOUR_MS) + 1) * HOUR_MS - shift
    })
    return Math.min(...next)
  }

  /** Hours of the region's own clock since two midnights before the run began: never negative. */
  #localHour(atMs: number, { utcOffsetHours }: Region): number {
    const shift = (this.#options.startHour + utcOffsetHours) * HOUR_MS
    return Math.floor((atMs + shift) / HOUR_MS) + 24
  }

  #drawn(localHours: readonly number[]): Int32Array {
    const { curve, seed, devices } = this.#options
    const draws = localHours.map((hour) => new SeededRandom({ seed, round: hour, purpose: 'availability' }))
    const bounds = localHours.map((hour) => curve[hour % 24]! * 2 ** 32)
    const there = new Int32Array(devices)
    let count = 0
    for (let device = 0; device < devices; device++) {
      const region = this.#regions[device]!
      if (draws[region]!.word(device) < bounds[region]!) there[count++] = device
    }
    return there.slice(0, count)
  }
}
