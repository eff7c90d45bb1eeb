/** Devices of one part of the world. */
export interface Region {
  readonly name: string
  /** From UTC, in [-12, 14]; half and quarter hours exist. */
  readonly utcOffsetHours: number
  /** Share of the devices, in (0, 1]; those of all regions sum to 1. */
  readonly share: number
}

/** Devices that are alike in how fast they train. */
export interface SpeedClass {
  readonly name: string
  /** How fast they train, above 0: 1 takes the time of `trainingMsPerEvent`, 2 half of it. */
  readonly speed: number
  /** Share of the devices, in (0, 1]; those of all classes sum to 1. */
  readonly share: number
  /** Share of them that a round loses, in [0, 1); the population's own where it is not said. */
  readonly dropout?: number
}

/**
 * What devices are like and when they are there. Plain data: a configuration holds it. Every median has a spread,
 * the standard deviation of its logarithm; a median of 0 is none, and takes no time.
 */
export interface PopulationSettings {
  /** Hour of the day, UTC, at which virtual time begins, in [0, 24). */
  readonly startHour: number
  /** Virtual minutes from a round's start to the next one's; one that takes longer is followed at once. */
  readonly roundEveryMinutes: number
  /** Share of the devices that is there by local hour of day: everybody always, a curve of our own, or 24 shares. */
  readonly availability: 'always' | 'diurnal' | readonly number[]
  readonly regions: readonly Region[]
  readonly speeds: readonly SpeedClass[]
  /** Median for one event of a device's history. */
  readonly trainingMsPerEvent: number
  readonly trainingSpread: number
  /** Median over devices; a device's own is the same in every round. */
  readonly uploadBitsPerSecond: number
  /** Download over upload: a device's poor link is poor both ways. */
  readonly downloadRatio: number
  readonly bandwidthSpread: number
  readonly latencySpread: number
  /** A file that says when each device is there, instead of `availability`: see docs/simulations.md. */
  readonly trace: string | null
}

export const DEFAULT_POPULATION: PopulationSettings = {
  startHour: 0,
  roundEveryMinutes: 0,
  availability: 'always',
  regions: [{ name: 'utc', utcOffsetHours: 0, share: 1 }],
  speeds: [{ name: 'all', speed: 1, share: 1 }],
  trainingMsPerEvent: 0,
  trainingSpread: 0.5,
  uploadBitsPerSecond: 0,
  downloadRatio: 4,
  bandwidthSpread: 0.5,
  latencySpread: 0.5,
  trace: null,
}
