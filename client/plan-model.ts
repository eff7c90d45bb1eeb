import { type Model, type ModelFactory, makeModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'

/** @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID */
export function modelOfPlan(
  plan: Pick<RoundPlan, 'model' | 'catalogue'>,
  models: readonly ModelFactory[],
): Model {
  const { name, population, share, settings } = plan.model
  return makeModel(models, name, { items: plan.catalogue.items, population, share, settings })
}
