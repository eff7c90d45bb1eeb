import { bprMf } from './bpr-mf.js'
import { ease } from './ease.js'
import { fcf } from './fcf.js'
import { ials } from './ials.js'
import { itemKnn } from './item-knn.js'
import { makeModel } from './make.js'
import type { Model, ModelFactory, ModelTask } from './model.js'
import { pfedrec } from './pfedrec.js'
import { popularity } from './popularity.js'
import { rules } from './rules.js'

/** All there are. */
export const BUILT_IN: readonly ModelFactory[] = [ials, bprMf, fcf, pfedrec, ease, itemKnn, popularity, rules]

export const MODELS: ReadonlyMap<string, ModelFactory> = new Map(
  BUILT_IN.map((factory) => [factory.name, factory]),
)

/** @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID */
export function createModel(name: string, task: ModelTask): Model {
  return makeModel(BUILT_IN, name, task)
}
