import { describe, expect, it } from 'vitest'
import { TacitError } from '../errors/index.js'
import { createModel, MODELS } from './registry.js'

const task = { items: 10, population: 5, share: 0.5, settings: {} }

describe.each([...MODELS.values()])('the built-in model $name', (factory) => {
  it('is made by name, every setting in force and within its rule', () => {
    const model = createModel(factory.name, task)
    expect(model.name).toBe(factory.name)
    expect(Object.keys(model.settings).sort()).toEqual(Object.keys(factory.rules).sort())
    for (const [name, rule] of Object.entries(factory.rules)) {
      expect(model.settings[name]).toBeGreaterThanOrEqual(rule.min)
      expect(model.settings[name]).toBeLessThanOrEqual(rule.max)
    }
  })

  it('is the same again when given all of its own settings', () => {
    const { settings } = createModel(factory.name, task)
    expect(createModel(factory.name, { ...task, settings }).settings).toEqual(settings)
  })
})

it('names the models there are when asked for another', () => {
  const unknown = new TacitError('TACIT_MODEL_UNKNOWN', {
    model: 'magic',
    known: [...MODELS.keys()].join(', '),
  })
  expect(() => createModel('magic', task)).toThrow(unknown)
})

describe.each([...MODELS.values()])('what devices are told of $name', ({ name, rules }) => {
  it('is the same whatever share of the devices is planned, and leaves out what only the coordinator needs', () => {
    const task = { items: 5, population: 10, settings: {} }
    const all = createModel(name, { ...task, share: 1 })
    const few = createModel(name, { ...task, share: 0.01 })
    expect(few.deviceSettings).toEqual(all.deviceSettings)
    for (const [setting, rule] of Object.entries(rules)) {
      expect(Object.hasOwn(all.deviceSettings, setting), setting).toBe(rule.coordinatorOnly !== true)
    }
  })
})
