import { hashJson } from '@tacit/shared/bytes'
import { createModel, type Model } from '@tacit/shared/model'
import type { Masking } from '@tacit/shared/secagg'
import type { TaskPrivacy } from './privacy.js'

/** One model trained for one scenario, as the operator declares it. */
export interface TaskDefinition {
  readonly name: string
  readonly model: string
  /** Only what differs from the model's defaults. */
  readonly settings: Readonly<Record<string, number>>
  /** |U|: devices the task is declared to have. */
  readonly population: number
  /** Share of the devices planned for a round, in (0, 1]. */
  readonly share: number
  readonly catalogue: CatalogueReference
  /** q: bits of one quantised value, 2..31. */
  readonly quantisationBits: number
  /** Rows of the catalogue that one round covers at most. */
  readonly blockRows: number
  readonly secureSum: string
  /** How vectors are masked, with a secure sum that does. */
  readonly masking?: Masking
  /**
   * What becomes of the task where no neighbours and threshold suffice against a coordinator that equivocates:
   * it is refused (the default), or its plans say `curious`.
   */
  readonly withoutParameters?: 'refuse' | 'curious'
  /** How its releases are differentially private; absent, they are not. */
  readonly privacy?: TaskPrivacy
}

export interface CatalogueReference {
  /** SHA-256 of the canonical JSON of the item ids in row order. */
  readonly hash: string
  readonly items: number
}

/** What applies where the operator says nothing. */
export const TASK_DEFAULTS = {
  settings: {},
  quantisationBits: 16,
  blockRows: 100_000,
  secureSum: 'masked',
  masking: { coordinator: 'equivocating', adversarial: 0.1, dropout: 0.1, identity: 'certified' },
} as const

export function catalogueReference(items: readonly string[]): CatalogueReference {
  return { hash: hashJson(items), items: items.length }
}

/** @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID */
export function modelOf(task: TaskDefinition): Model {
  return createModel(task.model, {
    items: task.catalogue.items,
    population: task.population,
    share: task.share,
    settings: task.settings,
  })
}
