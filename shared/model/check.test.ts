import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { checkTensors } from './check.js'
import { createModel, MODELS } from './registry.js'

describe.each([...MODELS.keys()])('checkTensors of %s', (name) => {
  const model = createModel(name, { items: 9, population: 10, share: 1, settings: {} })
  const { model: tensors } = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))

  it('takes what the model itself makes', () => expect(() => checkTensors(model, tensors)).not.toThrow())

  it.each(Object.keys(tensors))('refuses a model without its %s, or with another shape of it', (missing) => {
    const { [missing]: tensor, ...rest } = tensors
    const refused = expect.objectContaining({ code: 'TACIT_MODEL_INVALID' })
    expect(() => checkTensors(model, rest)).toThrow(refused)
    expect(() => checkTensors(model, { ...rest, [missing]: { ...tensor!, shape: [1, 1] } })).toThrow(refused)
  })
})
