import { expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { bprMf } from './bpr-mf.js'
import { ials } from './ials.js'
import type { Model } from './model.js'
import { pfedrec } from './pfedrec.js'

const ITEMS = 20
const everything = { from: 0, to: ITEMS }

it.each([ials, bprMf, pfedrec])('$name says the same in the memory of an earlier update', (factory) => {
  const make = () => factory.create({ items: ITEMS, population: 40, share: 1, settings: { factors: 4 } })
  const model = make()
  const state = model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
  const train = (by: Model, device: number, ...items: number[]) => {
    const personal = new Float32Array(by.personalLength?.(items.length) ?? 0)
    const context = personal.length > 0 ? { personal } : {}
    const random = new SeededRandom({ seed: 2, round: 1, device, purpose: 'training' })
    return by.train(state.model, Int32Array.from(items), everything, random, context)
  }

  const first = train(model, 0, 0, 3, 5, 9, 11)
  const memory = Object.values(first)[0]!.values
  model.recycle!(first)
  expect(memory).toEqual(new Float64Array(memory.length))
  const second = train(model, 1, 7, 2)
  expect(Object.values(second)[0]!.values.buffer).toBe(memory.buffer)
  expect(second).toEqual(train(make(), 1, 7, 2))
})
