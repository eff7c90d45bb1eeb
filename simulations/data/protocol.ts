/** How histories are divided into what is trained on and what is asked. */
export type SplitKind = 'leave-one-out' | 'user-time' | 'global-time' | 'sessions' | 'sessions-last' | 'given'

/**
 * What a sampled ranking is among, and what training knows of it.
 *
 * - `clean`: items outside all of the device's history.
 * - `given`: the test ones come with the data; the validation ones are clean.
 * - `official-pfedrec`: as the code published with PFedRec has it (Zhang et al., IJCAI 2023, `data.py`): validation
 *   and test negatives are one sample outside all of the device's history, cut in two, and training draws its
 *   negatives outside all of it as well. So no target is ever a training negative, and every other item is one at
 *   times: the absence tells the answer. Here it is for reproducing published numbers only.
 */
export type NegativesKind = 'clean' | 'given' | 'official-pfedrec'

/** How an evaluation was done: printed whole with every number (DESIGN section 7). */
export interface Protocol {
  readonly split: SplitKind
  /** `user-time`: of each device's distinct items. `global-time`: of all events. */
  readonly testShare?: number
  /** `global-time`: of all events. */
  readonly validationShare?: number
  readonly negatives: NegativesKind
  /** Negatives that a sampled ranking is among; fewer where the catalogue has no more. */
  readonly perDevice: number
  readonly ties: 'pessimistic'
  /** Training knows something of the targets: the numbers are good for comparing with such numbers only. */
  readonly leaks: boolean
  /** How, where it does. */
  readonly leak?: string
  /** The validation figure that the round reported is best on; `last`: nobody has a validation item, it is the last. */
  readonly chosenBy: 'ndcg@10' | 'hr@10' | 'last'
  /** Training knows the validation items, too: for a last run, once nothing is chosen any more. */
  readonly validation?: 'trained-on'
  /** What the metrics are of. Whoever tunes looks at validation only. */
  readonly report: 'test' | 'validation'
  /** Weight of an event by its behaviour, where they are not all 1. */
  readonly eventWeights?: Readonly<Record<string, number>>
  /** Where not all devices are asked that could be: how many are, drawn from the seed. */
  readonly sampledDevices?: number
}

const OFFICIAL_LEAK =
  'training draws no negatives among the validation and test items, which tells the model what will be asked'

/** What follows from the kind of negatives. */
export function consequencesOf(negatives: NegativesKind): Pick<Protocol, 'leaks' | 'leak' | 'chosenBy'> {
  return negatives === 'official-pfedrec'
    ? { leaks: true, leak: OFFICIAL_LEAK, chosenBy: 'hr@10' }
    : { leaks: false, chosenBy: 'ndcg@10' }
}

/** The whole protocol on one line; a leak comes first. */
export function describeProtocol(protocol: Protocol): string {
  const { split, testShare, negatives, perDevice, ties, chosenBy, report, eventWeights, sampledDevices } =
    protocol
  const weights = Object.entries(eventWeights ?? {}).map(([behaviour, weight]) => `${behaviour} ${weight}`)
  return [
    ...(protocol.leaks ? [`LEAKS (${protocol.leak})`] : []),
    testShare === undefined ? split : `${split} (last ${testShare})`,
    `${perDevice} ${negatives} negatives`,
    `${ties} ties`,
    chosenBy === 'last' ? 'last round' : `best on validation ${chosenBy.toUpperCase()}`,
    ...(protocol.validation === 'trained-on' ? ['validation items trained on'] : []),
    `${report} reported`,
    ...(weights.length > 0 ? [`events weigh ${weights.join(', ')}`] : []),
    ...(sampledDevices === undefined ? [] : [`a sample of ${sampledDevices} devices asked`]),
  ].join(', ')
}
