import { canonicalJson } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import {
  ials,
  type Manifest,
  type Model,
  type ModelFactory,
  makeModel,
  popularity,
} from '@tacit/shared/model'
import { modulusOf, type RoundPlan } from '@tacit/shared/protocol'
import type { Masking } from '@tacit/shared/secagg'
import { checkLayout, layoutSize, withMetrics } from '@tacit/shared/update'
import type { PrivacyLimits } from './ledger/index.js'
import { modelOfPlan } from './plan-model.js'
import { checkPrivacy } from './privacy-guard.js'
import { refuse, refusing } from './refuse.js'

/** What a device accepts. The coordinator proposes, the device decides. */
export interface DeviceLimits {
  readonly task: string
  /** Models that the device knows. Others of `@tacit/shared/model` have to be given, for a page loads what it names. */
  readonly models: readonly ModelFactory[]
  /** Backends of the secure sum that the device takes part in. */
  readonly secureSums: readonly string[]
  /** Survivors, of a round and of a group, below which this device's vector may not be opened; >= 2. */
  readonly minimumCohort: number
  /** Shares that open a secret of this device's; no fewer. */
  readonly minimumThreshold: number
  /** Share of a group that must be assumed to collude, at least, in [0, 1). */
  readonly adversarial: number
  /** Share of a group whose loss must be reckoned with, at least, in [0, 1): the graph is denser for it. */
  readonly dropout: number
  /** What must be assumed of the coordinator: `curious` accepts both. */
  readonly coordinator: Masking['coordinator']
  /** Whether all devices must be vouched for: `anonymous` accepts both. */
  readonly identity: Masking['identity']
  /** Coordinates of the largest vector that the device makes room for. */
  readonly largestVector: number
  /** The catalogue that the device's rows are of, where it is bound to one. */
  readonly catalogue?: { readonly hash: string; readonly items: number } | undefined
  /** What the device spends of its privacy at most; absent, it takes rounds with noise and without, and only counts. */
  readonly privacy?: PrivacyLimits | undefined
}

export const DEFAULT_LIMITS = {
  models: [ials, popularity],
  secureSums: ['masked'],
  minimumCohort: 15,
  minimumThreshold: 10,
  adversarial: 0.1,
  dropout: 0.05,
  coordinator: 'equivocating',
  identity: 'certified',
  largestVector: 2 ** 25,
} as const

/**
 * Checks a round's plan against what the device accepts, and derives from it the model to train.
 * @throws TACIT_PLAN_REFUSED naming the first flaw, TACIT_CATALOGUE_MISMATCH
 */
export function checkPlan(plan: RoundPlan, limits: DeviceLimits): Model {
  if (plan.task !== limits.task) refuse(`it is of task ${plan.task}`)
  checkCatalogue(plan, limits)
  checkSum(plan, limits)
  checkMasking(plan, limits)
  if (plan.model.population < 1) refuse('its task has no population')
  const model = refusing(() => modelOfPlan(plan, limits.models))
  checkUpdateShape(plan, model, limits)
  checkPrivacy(plan, limits.privacy, limits.adversarial)
  return model
}

/**
 * Checks that what was fetched is what the plan is about. Parts are checked against the manifest on decoding.
 * @param model the one that {@link checkPlan} derived from the plan, of `models`
 * @throws TACIT_MODEL_HASH, TACIT_CATALOGUE_MISMATCH, TACIT_MODEL_INVALID
 */
export function checkManifest(
  manifest: Manifest,
  plan: RoundPlan,
  model: Model,
  models: readonly ModelFactory[],
): void {
  const { catalogue, model: described, hash } = manifest
  if (hash !== plan.model.hash) {
    throw new TacitError('TACIT_MODEL_HASH', { part: 'manifest', expected: plan.model.hash, actual: hash })
  }
  if (catalogue.hash !== plan.catalogue.hash || catalogue.items !== plan.catalogue.items) {
    throw new TacitError('TACIT_CATALOGUE_MISMATCH', {
      expected: plan.catalogue.hash,
      actual: catalogue.hash,
    })
  }
  const { population, share } = plan.model
  const { name, settings } = described
  const own = makeModel(models, name, { items: catalogue.items, population, share, settings })
  if (name !== model.name || canonicalJson(own.deviceSettings) !== canonicalJson(model.deviceSettings)) {
    throw new TacitError('TACIT_MODEL_INVALID', { problem: 'its settings are not those of the plan' })
  }
}

/** A sum over one device is that device's update, whatever its owner has set. */
function leastCohort(limits: DeviceLimits): number {
  return Math.max(2, limits.minimumCohort)
}

function checkCatalogue({ catalogue, block }: RoundPlan, limits: DeviceLimits): void {
  const own = limits.catalogue
  if (own && own.hash !== catalogue.hash) {
    throw new TacitError('TACIT_CATALOGUE_MISMATCH', { actual: own.hash, expected: catalogue.hash })
  }
  if (own && own.items !== catalogue.items) refuse(`it counts ${catalogue.items} items, not ${own.items}`)
  if (block.from >= block.to || block.to > catalogue.items) {
    refuse(`block ${block.from}..${block.to} is not within ${catalogue.items} items`)
  }
}

function checkSum(plan: RoundPlan, limits: DeviceLimits): void {
  if (!limits.secureSums.includes(plan.secureSum)) refuse(`secure sum ${plan.secureSum} is not accepted`)
  const least = leastCohort(limits)
  if (plan.minimumCohort < least)
    refuse(`a cohort of ${plan.minimumCohort} is too small, this device wants ${least}`)
  if (plan.largestGroup < least)
    refuse(`groups of ${plan.largestGroup} are too small, this device wants ${least}`)
  const needed = refusing(() => modulusOf(plan, plan.largestGroup))
  if (plan.modulusBits < needed) {
    refuse(`a sum modulo 2^${plan.modulusBits} can overflow, ${needed} bits are needed`)
  }
  if (plan.modulusBits > 32) refuse(`a modulus of ${plan.modulusBits} bits`)
}

/** Neighbours and threshold follow from what is assumed: assuming less would protect this device less. */
function checkMasking({ secureSum, masking }: RoundPlan, limits: DeviceLimits): void {
  if (secureSum !== 'masked') {
    if (masking) refuse(`it says how to mask, and secure sum ${secureSum} does not`)
    return
  }
  if (!masking) refuse('it does not say how vectors are masked')
  const { adversarial, dropout, coordinator, identity } = masking
  if (adversarial < limits.adversarial) {
    refuse(`it assumes that a share of ${adversarial} colludes, this device wants ${limits.adversarial}`)
  }
  if (dropout < limits.dropout) {
    refuse(`it reckons with a loss of ${dropout}, this device wants ${limits.dropout}`)
  }
  if (coordinator === 'curious' && limits.coordinator !== 'curious')
    refuse('it assumes a coordinator that is only curious, this device wants one that may equivocate')
  if (identity === 'anonymous' && limits.identity !== 'anonymous')
    refuse('anyone may take part in it, this device wants devices to be certified')
}

/** The device derives the layout itself: a coordinator cannot add a segment, or loosen a range or a clip. */
function checkUpdateShape(plan: RoundPlan, model: Model, limits: DeviceLimits): void {
  refusing(() => checkLayout(plan.layout))
  const own = withMetrics(model.layout(plan.block), plan.privacy?.clip)
  if (canonicalJson(plan.layout) !== canonicalJson(own.map((segment) => ({ ...segment })))) {
    refuse(`its layout is not that of model ${model.name}`)
  }
  const size = layoutSize(plan.layout)
  if (size > limits.largestVector)
    refuse(`a vector of ${size} coordinates, more than ${limits.largestVector}`)
}
