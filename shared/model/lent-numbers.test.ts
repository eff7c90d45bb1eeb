import { expect, it } from 'vitest'
import { kernels } from '../kernels/index.js'
import { SeededRandom } from '../random/index.js'
import type { Update } from '../update/index.js'
import { bprMf } from './bpr-mf.js'
import { fcf } from './fcf.js'
import { ials } from './ials.js'
import type { Model } from './model.js'
import { pfedrec } from './pfedrec.js'

const ITEMS = 20
const BLOCK = { from: 3, to: ITEMS }

function copyOf(update: Update): Update {
  const copies = Object.entries(update).map(([name, part]) => [
    name,
    { ...part, values: part.values.slice() },
  ])
  return Object.fromEntries(copies)
}

it.each([ials, bprMf, pfedrec, fcf])('$name says the same in memory that is lent', (factory) => {
  const make = () => factory.create({ items: ITEMS, population: 40, share: 1, settings: { factors: 5 } })
  const model = make()
  const state = model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
  const train = (by: Model, device: number, ...items: number[]) => {
    const personal = new Float32Array(by.personalLength?.(items.length) ?? 0)
    const context = personal.length > 0 ? { personal } : {}
    const random = new SeededRandom({ seed: 2, round: 1, device, purpose: 'training' })
    return by.train(state.model, Int32Array.from(items), BLOCK, random, context)
  }
  const histories = [
    [0, 3, 5, 9, 11],
    [7, 2],
    [4, 19, 18, 17],
  ]
  const memories = histories.map((history, device) => {
    // Outside of lending its numbers are its own.
    const expected = train(make(), device, ...history)
    return kernels().lending(() => {
      const update = train(model, device, ...history)
      expect(copyOf(update)).toEqual(expected)
      return Object.values(update).map(({ values }) => values)
    })
  })
  for (const values of memories.flat()) expect(values.every((value) => value === 0)).toBe(true)
  const [, second, third] = memories
  expect(third![0]!.buffer).toBe(second![0]!.buffer)
})
