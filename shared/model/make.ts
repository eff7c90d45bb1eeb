import { TacitError } from '../errors/index.js'
import type { Model, ModelFactory, ModelTask } from './model.js'

/**
 * The model of that name among those given: a page brings only the models along that its tasks train.
 * @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID
 */
export function makeModel(models: readonly ModelFactory[], name: string, task: ModelTask): Model {
  const factory = models.find((one) => one.name === name)
  if (factory) return factory.create(task)
  throw new TacitError('TACIT_MODEL_UNKNOWN', {
    model: name,
    known: models.map((one) => one.name).join(', '),
  })
}
