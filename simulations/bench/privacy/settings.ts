/** A population that the frontier is measured on. */
export type PopulationName = 'ml-100k' | 'synthetic-10000' | 'synthetic-100000' | 'synthetic-1000000'

export const POPULATIONS: readonly PopulationName[] = [
  'ml-100k',
  'synthetic-10000',
  'synthetic-100000',
  'synthetic-1000000',
]

export type FrontierModel = 'ials' | 'popularity'
export const FRONTIER_MODELS: readonly FrontierModel[] = ['popularity', 'ials']

/** Infinity: without noise. */
export const EPSILONS: readonly number[] = [1, 2, 4, 8, Number.POSITIVE_INFINITY]

/** A delta of 1 over the population would let one device's data be published. */
export function deltaOf(population: PopulationName): number {
  return population === 'synthetic-1000000' ? 1e-7 : 1e-6
}

/** Devices that are asked after each round, at most: of 20,000 a share is known to .0036. */
export const ASKED = 20_000

/** How a model is trained for one point of the frontier. */
export interface FrontierSetting {
  readonly rounds: number
  /** Share of the devices in a round, by coins that they flip. */
  readonly participation: number
  /** L2 norm of an update; of no matter without noise. */
  readonly clip: number
  /** The quantile that the clip follows, from `clip` on. */
  readonly adaptiveClip?: number
  /** Of the model; the defaults where nothing is said. */
  readonly settings?: Readonly<Record<string, number>>
}

interface SettingRow extends FrontierSetting {
  readonly model: FrontierModel
  /** All populations where it is not said. */
  readonly populations?: readonly PopulationName[]
  /** All epsilons where it is not said. */
  readonly epsilons?: readonly number[]
}

const NONE = [Number.POSITIVE_INFINITY]
/** Devices take part in every round, for few rounds: that costs less noise than coins save. */
const ALL = { participation: 1, clip: 1 }
const MANY: readonly PopulationName[] = ['synthetic-100000', 'synthetic-1000000']
const WIDE = { factors: 40, alpha: 0.05, regularisation: 0.06, itemRegularisation: 0.1, momentum: 0.6 }

/** The first row that fits a point is the point's. */
const SETTINGS: readonly SettingRow[] = [
  { model: 'ials', epsilons: NONE, ...ALL, rounds: 15 },
  { model: 'ials', populations: MANY, ...ALL, rounds: 10, settings: WIDE },
  { model: 'ials', ...ALL, rounds: 5, settings: { factors: 8 } },
  { model: 'popularity', ...ALL, rounds: 1 },
]

export function settingOf(
  population: PopulationName,
  model: FrontierModel,
  epsilon: number,
): FrontierSetting {
  const found = SETTINGS.find(
    (row) =>
      row.model === model &&
      (row.populations?.includes(population) ?? true) &&
      (row.epsilons?.includes(epsilon) ?? true),
  )
  if (!found) throw new Error(`no setting for ${model} on ${population} at epsilon ${epsilon}`)
  return found
}
