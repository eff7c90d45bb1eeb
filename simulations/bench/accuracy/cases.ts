import type { ProtocolOptions } from '../../data/index.js'

export type DataName = 'ml-100k' | 'retailrocket' | 'yoochoose-100k'

/** One line of a table: a model, how it is trained, and on what. Settings that are not said are the defaults. */
export interface AccuracyCase {
  readonly data: DataName
  readonly model: string
  /** What sets it apart from other lines of the same model. */
  readonly variant?: string
  readonly rounds: number
  /** Share of the devices in a round; 1 where it is not said. */
  readonly participation?: number
  readonly settings?: Readonly<Record<string, number>>
  readonly protocol?: ProtocolOptions
}

/** A view of an item, its way into the cart, its purchase. */
const SHOP_EVENTS = { view: 1, cart: 3, buy: 3 } as const
const weighted: ProtocolOptions = { eventWeights: SHOP_EVENTS }
const trainedOn: ProtocolOptions = { validation: 'trained-on' }
const last: ProtocolOptions = { ...weighted, ...trainedOn }

/** For many items with few events each. */
const SPARSE = { factors: 64, alpha: 0.033, regularisation: 0.002, nu: 0.9 } as const

/** Longer means, for steps overshoot where the average curvature stands for that of an item few devices know. */
const SPARSE_STEADY = { ...SPARSE, factors: 96, momentum: 0.7 } as const

const official: ProtocolOptions = { negatives: 'official-pfedrec' }

/** Everything that docs/benchmarks.md has figures of. */
export const ACCURACY_CASES: readonly AccuracyCase[] = [
  { data: 'ml-100k', model: 'popularity', rounds: 1 },
  { data: 'ml-100k', model: 'popularity', variant: 'one norm', rounds: 1, settings: { discount: 0.5 } },
  { data: 'ml-100k', model: 'item-knn', rounds: 1 },
  { data: 'ml-100k', model: 'ease', rounds: 1 },
  { data: 'ml-100k', model: 'ials', rounds: 15 },
  { data: 'ml-100k', model: 'ials', variant: '10 % a round', rounds: 40, participation: 0.1 },
  { data: 'ml-100k', model: 'bpr-mf', rounds: 60 },
  { data: 'ml-100k', model: 'fcf', rounds: 60 },
  { data: 'ml-100k', model: 'pfedrec', rounds: 100 },
  { data: 'ml-100k', model: 'pfedrec', variant: 'official', rounds: 100, protocol: official },
  { data: 'retailrocket', model: 'popularity', rounds: 1 },
  { data: 'retailrocket', model: 'ials', variant: 'every event alike', rounds: 20, settings: SPARSE },
  {
    data: 'retailrocket',
    model: 'ials',
    variant: 'events weighted',
    rounds: 20,
    settings: SPARSE,
    protocol: weighted,
  },
  {
    data: 'retailrocket',
    model: 'ials',
    variant: 'events weighted, last run',
    rounds: 40,
    settings: SPARSE_STEADY,
    protocol: last,
  },
  { data: 'yoochoose-100k', model: 'popularity', rounds: 1, protocol: trainedOn },
  { data: 'yoochoose-100k', model: 'item-knn', rounds: 1, protocol: trainedOn },
  { data: 'yoochoose-100k', model: 'rules', rounds: 1, protocol: trainedOn },
  { data: 'yoochoose-100k', model: 'ials', rounds: 20, settings: SPARSE, protocol: trainedOn },
]

export function nameOf({ model, variant }: AccuracyCase): string {
  return variant ? `${model}, ${variant}` : model
}
