import type { Fate, Reason } from './fates.js'
import type { Population, RoundStart } from './population.js'

/** Devices by the step at which something befell them. */
export type BySteps = Readonly<Record<string, number>>

/** Invitations of the devices of one speed class, and how many of them ended in a release. */
export interface ClassCount {
  readonly invited: number
  readonly counted: number
}

/** What a round saw of the population: a part of its record. */
export interface RoundPopulation {
  /** When it began, in virtual milliseconds since the run did. */
  readonly startMs: number
  /** Hour of the day, UTC. */
  readonly hour: number
  /** What it waited for enough devices to be there, in virtual milliseconds. */
  readonly waitedMs: number
  /** Share of the training devices that was there. */
  readonly available: number
  /** By step: devices that the dropout has vanish (`consistency` and `unmask`: whose vectors count all the same). */
  readonly lost: BySteps
  /** Devices that were gone as the trace has it. */
  readonly left: BySteps
  /** Devices that missed a deadline. */
  readonly late: BySteps
  readonly speeds: Readonly<Record<string, ClassCount>>
}

/** The same over a whole run. */
export interface PopulationFigures {
  /** Invitations. */
  readonly invited: number
  /** Mean share of the devices that was there when a round began, by hour (UTC); null where none began. */
  readonly availableByHour: readonly (number | null)[]
  readonly waitedMs: number
  readonly lost: BySteps
  readonly left: BySteps
  readonly late: BySteps
  /** By speed class, `countedShare`: of its invitations, the share that ended in a release; null for no invitation. */
  readonly speeds: Readonly<Record<string, ClassCount & { readonly countedShare: number | null }>>
}

/** What became of a round's devices. */
export interface RoundEnd {
  /** Of those that did not do all that they were asked to. */
  readonly fates: Iterable<Fate>
  /** Devices whose vectors are in the release. */
  readonly counted: Iterable<number>
}

export function roundPopulation(
  population: Population,
  start: RoundStart,
  { fates, counted }: RoundEnd,
): RoundPopulation {
  const by: Record<Reason, Record<string, number>> = { lost: {}, left: {}, late: {} }
  for (const { reason, step } of fates) by[reason][step] = (by[reason][step] ?? 0) + 1
  const speeds = new Map(population.speeds.map(({ name }) => [name, { invited: 0, counted: 0 }]))
  for (const device of start.cohort) speeds.get(population.classOf(device).name)!.invited++
  for (const device of counted) speeds.get(population.classOf(device).name)!.counted++
  return {
    startMs: start.atMs,
    hour: population.hourAt(start.atMs),
    waitedMs: start.waitedMs,
    available: start.available / population.devices,
    ...by,
    speeds: Object.fromEntries(speeds),
  }
}

export function populationFigures(rounds: readonly RoundPopulation[]): PopulationFigures {
  const speeds: Record<string, ClassCount> = {}
  for (const round of rounds) {
    for (const [name, { invited, counted }] of Object.entries(round.speeds)) {
      const before = speeds[name] ?? { invited: 0, counted: 0 }
      speeds[name] = { invited: before.invited + invited, counted: before.counted + counted }
    }
  }
  return {
    invited: Object.values(speeds).reduce((sum, { invited }) => sum + invited, 0),
    availableByHour: Array.from({ length: 24 }, (_, hour) =>
      mean(rounds.filter((round) => round.hour === hour).map(({ available }) => available)),
    ),
    waitedMs: Math.round(rounds.reduce((sum, { waitedMs }) => sum + waitedMs, 0)),
    lost: total(rounds.map(({ lost }) => lost)),
    left: total(rounds.map(({ left }) => left)),
    late: total(rounds.map(({ late }) => late)),
    speeds: Object.fromEntries(
      Object.entries(speeds).map(([name, of]) => [
        name,
        { ...of, countedShare: of.invited === 0 ? null : of.counted / of.invited },
      ]),
    ),
  }
}

function total(rounds: readonly BySteps[]): BySteps {
  const sums: Record<string, number> = {}
  for (const round of rounds) {
    for (const [step, devices] of Object.entries(round)) sums[step] = (sums[step] ?? 0) + devices
  }
  return sums
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
