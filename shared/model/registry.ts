import { TacitError } from '../errors/index.js'
import { ials } from './ials.js'
import type { Model, ModelFactory, ModelTask } from './model.js'
import { popularity } from './popularity.js'

export const MODELS: ReadonlyMap<string, ModelFactory> = new Map(
  [ials, popularity].map((factory) => [factory.name, factory]),
)

/** @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID */
export function createModel(name: string, task: ModelTask): Model {
  const factory = MODELS.get(name)
  if (!factory)
    throw new TacitError('TACIT_MODEL_UNKNOWN', { model: name, known: [...MODELS.keys()].join(', ') })
  return factory.create(task)
}
