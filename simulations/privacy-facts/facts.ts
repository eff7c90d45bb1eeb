import type { TaskPrivacy } from '@tacit/coordinator/task'
import type { Accountant } from '@tacit/shared/dp/accounting'
import { exp } from '@tacit/shared/kernels'
import type { Layout } from '@tacit/shared/update'

/** What facts are read off: a finished run, or a task as it is planned. */
export interface FactSource {
  readonly kind: 'run' | 'task'
  readonly name: string
  readonly model: string
  readonly devices: number
  /** What devices report; empty where that is not known. */
  readonly layout: Layout
  readonly secureSum: string
  readonly uploadBytes: number
  readonly rounds: number
  /** Null without differential privacy. */
  readonly privacy: SpentPrivacy | null
}

/** What all rounds spend together, and what that rests on. */
export interface SpentPrivacy extends Pick<TaskPrivacy, 'mode' | 'mechanism' | 'clip' | 'noiseMultiplier'> {
  readonly epsilon: number
  readonly epsilonAgainstCoordinator: number | null
  readonly delta: number
  readonly accountant: Accountant
  readonly sampling: number
  readonly rounds: number
  /** Rounds of one device, at most. */
  readonly participations: number
  readonly minimumCohort: number
  readonly smallestGroup: number | null
  readonly noiseMakers: number | null
  readonly adversarial: number
  readonly adaptiveClip: boolean
}

/** A promise: (epsilon, delta)-differential privacy of one device. */
export interface Guarantee {
  readonly epsilon: number
  readonly delta: number
  /** e^epsilon: by how much what is seen may change anyone's odds that the device took part, or said what it did. */
  readonly oddsFactor: number
  /** Of somebody who held it for as likely as not: the belief that is left possible, in (.5, 1). */
  readonly largestBelief: number
  readonly strength: Strength
}

/**
 * Tiers of Ponomareva et al. 2023, "How to DP-fy ML", section 5.2.1: up to 1, a strong formal guarantee; up to 10, a
 * reasonable one; above, weak to none.
 */
export type Strength = 'strong' | 'reasonable' | 'weak'

/** The label of a task or run; the JSON document of `tacit privacy facts --json`. */
export interface PrivacyFacts {
  readonly schema: 1
  readonly of: Pick<FactSource, 'kind' | 'name' | 'model' | 'devices'>
  /** Null where nobody is protected. */
  readonly unit: 'device' | null
  readonly mode: SpentPrivacy['mode'] | null
  /** From those who see releases: that a device took part at all, or only what it said where all or chosen ones do. */
  readonly hides: 'presence' | 'words'
  readonly against: {
    /** Whoever sees releases, and nothing else. */
    readonly releases: Guarantee | null
    readonly coordinator: Guarantee | null
  }
  readonly collected: {
    readonly segments: readonly { readonly name: string; readonly shape: readonly number[] }[]
    readonly uploadBytes: number
    readonly summedOver: number | null
  }
  readonly rounds: {
    readonly all: number
    /** Of one device: as coins are expected to fall, and at most. */
    readonly expected: number
    readonly most: number
  }
  readonly noise: Pick<
    SpentPrivacy,
    'mechanism' | 'noiseMultiplier' | 'clip' | 'adaptiveClip' | 'accountant'
  > | null
  readonly assumes: readonly string[]
  readonly notCovered: readonly string[]
}

export function privacyFacts(source: FactSource): PrivacyFacts {
  const { kind, name, model, devices, privacy, layout, uploadBytes, rounds } = source
  return {
    schema: 1,
    of: { kind, name, model, devices },
    unit: privacy && 'device',
    mode: privacy?.mode ?? null,
    hides: privacy && privacy.sampling < 1 ? 'presence' : 'words',
    against: {
      releases: guarantee(privacy?.epsilon, privacy?.delta),
      coordinator: guarantee(privacy?.epsilonAgainstCoordinator, privacy?.delta),
    },
    collected: {
      segments: layout.map((segment) => ({ name: segment.name, shape: segment.shape })),
      uploadBytes,
      summedOver: privacy?.minimumCohort ?? null,
    },
    rounds: {
      all: rounds,
      expected: (privacy?.sampling ?? 1) * rounds,
      most: privacy?.participations ?? rounds,
    },
    noise: privacy && noiseOf(privacy),
    assumes: privacy ? assumptions(privacy, source.secureSum) : [],
    notCovered: privacy ? NOT_COVERED : [NO_BOUND],
  }
}

function guarantee(epsilon: number | null | undefined, delta = 0): Guarantee | null {
  if (epsilon === null || epsilon === undefined) return null
  const strength = epsilon <= 1 ? 'strong' : epsilon <= 10 ? 'reasonable' : 'weak'
  return { epsilon, delta, oddsFactor: exp(epsilon), largestBelief: 1 / (1 + exp(-epsilon)), strength }
}

function noiseOf({ mechanism, noiseMultiplier, clip, adaptiveClip, accountant }: SpentPrivacy) {
  return { mechanism, noiseMultiplier, clip, adaptiveClip, accountant }
}

function assumptions(privacy: SpentPrivacy, secureSum: string): string[] {
  const { mode, adversarial, sampling, smallestGroup, minimumCohort } = privacy
  const share = `${Number((100 * adversarial).toPrecision(3))} %`
  return [
    ...(mode === 'central'
      ? ['the coordinator adds the noise, and keeps the sums without it to itself']
      : []),
    ...(mode === 'central'
      ? []
      : [
          `of the ${smallestGroup ?? minimumCohort} devices that a sum has at least, no more than ${share} hold their noise back or tell it`,
        ]),
    ...(mode === 'distributed' && secureSum !== 'masked'
      ? [
          'sums are masked: here they were not, for it was simulated, and the coordinator could have seen each vector',
        ]
      : []),
    ...(sampling < 1
      ? [
          'nobody but the device, the coordinator and those in the same round knows in which rounds it took part',
        ]
      : []),
    'devices run the software that was published: nothing of a device that clips or rounds otherwise is protected',
  ]
}

const NOT_COVERED: readonly string[] = [
  'a shopper with several devices: each is protected on its own, and together they tell more',
  'that a device takes part at all, when, and from where: the coordinator and the network see that',
  'what is known without the device: a pattern of many shoppers is learnt, also where it fits one who took no part',
  'what hostile devices do to the model, or keep it from learning',
  'anything that the same device tells other tasks, or told before there was noise',
]

const NO_BOUND = 'anything: sums and models may tell of a single device, by an amount that nobody has bounded'
