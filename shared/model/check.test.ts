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

  it.each(Object.keys(tensors))('refuses a model whose %s holds anything not finite, wherever', (spoilt) => {
    for (const value of [Number.NaN, Infinity, -Infinity]) {
      for (const at of [0, tensors[spoilt]!.values.length - 1]) {
        const values = tensors[spoilt]!.values.slice()
        values[at] = value
        expect(() => checkTensors(model, { ...tensors, [spoilt]: { ...tensors[spoilt]!, values } })).toThrow(
          expect.objectContaining({ code: 'TACIT_MODEL_INVALID' }),
        )
      }
    }
  })

  it('goes on refusing it', () => {
    const [name, tensor] = Object.entries(tensors)[0]!
    const spoilt = { ...tensors, [name]: { ...tensor, values: tensor.values.slice().fill(Number.NaN) } }
    for (let i = 0; i < 2; i++) expect(() => checkTensors(model, spoilt)).toThrow('NaN')
  })
})
