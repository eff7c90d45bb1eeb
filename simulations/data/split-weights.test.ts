import { describe, expect, it } from 'vitest'
import { splitDataset } from './split.js'
import { toy, trained } from './testing/toy.js'

const BEHAVIOURS = ['view', 'cart', 'buy']

/** One device's events as [item, behaviour]. */
function shopper(events: readonly (readonly [number, string])[], heldOut?: number) {
  const plain = toy(
    [events.map(([item]) => item)],
    heldOut === undefined ? {} : { heldOut: Int32Array.of(heldOut) },
  )
  const behaviours = Uint8Array.from(events, ([, behaviour]) => BEHAVIOURS.indexOf(behaviour))
  return { ...plain, behaviours: BEHAVIOURS, histories: { ...plain.histories, behaviours } }
}

describe('weights of events', () => {
  const eventWeights = { cart: 3, buy: 5 }

  it('are not there unless they are asked for', () => {
    const dataset = shopper([
      [0, 'buy'],
      [1, 'view'],
    ])
    expect(splitDataset(dataset, { seed: 1 }).weights).toBeUndefined()
    expect(splitDataset(dataset, { seed: 1, eventWeights: {} }).protocol.eventWeights).toBeUndefined()
  })

  it('make an item weigh what its weightiest event does, up to the event that is asked about', () => {
    const dataset = shopper([
      [0, 'view'],
      [1, 'view'],
      [0, 'cart'],
      [2, 'cart'],
      [1, 'cart'],
      [3, 'view'],
      [0, 'buy'],
    ])
    const split = splitDataset(dataset, { seed: 1, eventWeights })
    expect(split.protocol.eventWeights).toEqual(eventWeights)
    expect([trained(split), [...split.validation.targets], [...split.test.targets]]).toEqual([
      [[0, 1]],
      [2],
      [3],
    ])
    // Before the validation item nothing was done with item 1 but to view it; nobody knows yet that 0 is bought.
    expect([...split.weights!.train].map((weight) => Math.round(weight * 5))).toEqual([3, 1])
    expect([...split.weights!.test].map((weight) => Math.round(weight * 5))).toEqual([3, 3, 3])
  })

  it("count all events where the test item is a file's, even one that is in the history", () => {
    const events = [
      [0, 'view'],
      [1, 'view'],
      [2, 'view'],
      [0, 'buy'],
    ] as const
    const split = splitDataset(shopper(events, 0), { seed: 1, eventWeights })
    expect([trained(split), [...split.validation.targets]]).toEqual([[[0, 1]], [2]])
    expect([...split.weights!.train].map((weight) => Math.round(weight * 5))).toEqual([1, 1])
    expect([...split.weights!.test].map((weight) => Math.round(weight * 5))).toEqual([5, 1, 1])
  })

  it('are those of first events where every click is asked about', () => {
    const dataset = {
      ...shopper([
        [0, 'cart'],
        [1, 'view'],
        [1, 'buy'],
        [2, 'view'],
        [0, 'buy'],
      ]),
      testFrom: 0,
    }
    const split = splitDataset(dataset, { seed: 1, eventWeights })
    expect(trained(split)).toEqual([[0, 1]])
    expect([...split.weights!.test].map((weight) => Math.round(weight * 5))).toEqual([3, 1])
  })
})
