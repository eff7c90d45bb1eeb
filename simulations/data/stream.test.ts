import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Split, SplitOptions } from './split.js'
import { splitDataset } from './split.js'
import { type Cases, negativesOf, targetsOf } from './split-cases.js'
import { sampledSplit } from './split-sample.js'
import { idsOf, isStreamed, StreamSplitter, splitAny, streamOf } from './stream.js'
import { type SyntheticOptions, syntheticDataset, syntheticSettings } from './synthetic.js'
import { asked, toy } from './testing/toy.js'

/** A store so small that some devices look at fewer than three items, and are asked nothing. */
const SMALL: SyntheticOptions = {
  ...{ devices: 60, items: 20, seed: 3 },
  ...{ days: 7, medianViews: 5, exploration: 0 },
}
const WEIGHED: SplitOptions = { seed: 4, eventWeights: { add_to_cart: 3 }, perDevice: 5 }

const both = (synthetic: SyntheticOptions, options: SplitOptions) => {
  const streamed = splitAny(streamOf(syntheticSettings(synthetic)), options)
  if (!isStreamed(streamed)) throw new Error('it is there')
  return { whole: splitDataset(syntheticDataset(synthetic), options), streamed }
}

/** All that a split has of a device but its position. */
function deviceOf({ train, validation, test, ids, weights }: Split, position: number) {
  const [from, to] = [train.offsets[position]!, train.offsets[position + 1]!]
  const before = validation.offsets[validation.first[position]!]!
  const after = validation.offsets[validation.first[position + 1]!]!
  const casesOf = (cases: Cases) =>
    Array.from({ length: cases.first[position + 1]! - cases.first[position]! }, (_, i) => {
      const index = cases.first[position]! + i
      return [
        cases.devices[index]! - position,
        cases.prefix[index],
        targetsOf(cases, index),
        negativesOf(cases, 5, index),
      ]
    })
  return {
    id: ids[position],
    train: train.items.slice(from, to),
    weights: weights && [weights.train.slice(from, to), weights.test.slice(from + before, to + after)],
    cases: [casesOf(validation), casesOf(test)],
  }
}

describe('a stream', () => {
  it.each<[string, SplitOptions]>([
    ['leave-one-out, weighed', WEIGHED],
    ['a share of each device’s time', { seed: 4, split: 'user-time', testShare: 0.4, perDevice: 5 }],
    ['negatives as published', { seed: 4, negatives: 'official-pfedrec', perDevice: 5 }],
  ])('splits any of its devices as they are split among all: %s', (_, options) => {
    const { whole, streamed } = both(SMALL, options)
    const splitter = new StreamSplitter(streamed)
    expect(streamed.protocol).toEqual(whole.protocol)
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(59), { minLength: 1, maxLength: 5 }), (some) => {
        const numbers = Int32Array.from(some).sort()
        const part = splitter.split(numbers)
        numbers.forEach((number, position) => {
          expect(deviceOf(part, position)).toEqual(deviceOf(whole, number))
        })
      }),
      { numRuns: 30 },
    )
    expect(splitter.split()).toEqual(whole)
    expect(idsOf(streamed)).toEqual(whole.ids)
  })

  it('has no split that looks at all devices', () => {
    const refused = expect.objectContaining({ code: 'TACIT_SETTING_INVALID' })
    expect(() => both(SMALL, { seed: 1, split: 'global-time' })).toThrow(refused)
    expect(() => both(SMALL, { seed: 1, split: 'sessions' })).toThrow(refused)
  })
})

describe('the devices that are asked', () => {
  const { whole, streamed } = both(SMALL, WEIGHED)
  const able = whole.test.devices.length

  it('are drawn from all that could be, and all that is known of them stays', () => {
    expect(able).toBeLessThan(SMALL.devices)
    const sample = sampledSplit(whole, 4, 20)
    expect(sample.protocol).toEqual({ ...whole.protocol, sampledDevices: 20 })
    expect([sample.devices, sample.validation.devices.length, sample.test.devices.length]).toEqual([
      20, 20, 20,
    ])
    sample.numbers!.forEach((number, position) => {
      expect(deviceOf(sample, position)).toEqual(deviceOf(whole, number))
    })
    expect(sample.numbers).toEqual(sample.numbers!.toSorted())
    expect(sampledSplit(whole, 5, 20).numbers).not.toEqual(sample.numbers)
  })

  it('are the same of a stream, whether they suffice or not', () => {
    for (const most of [1, 20, able - 1, able, able + 1, SMALL.devices, 1000]) {
      expect(sampledSplit(streamed, 4, most), `${most}`).toEqual(sampledSplit(whole, 4, most))
    }
  })

  it('are all where there are no more', () => {
    expect(sampledSplit(whole, 4)).toBe(whole)
    expect(sampledSplit(whole, 4, able + 1)).toBe(whole)
  })

  it('are each most uniformly drawn', () => {
    const times = new Int32Array(SMALL.devices)
    for (let seed = 0; seed < 400; seed++) for (const d of sampledSplit(whole, seed, 10).numbers!) times[d]!++
    // 400 x 10 draws among those that could be: some 75 each, with a standard deviation of 8.
    for (const device of whole.test.devices) expect(Math.abs(times[device]! - 4000 / able)).toBeLessThan(40)
  })

  it('are as many for validation as for the test, where those are other devices', () => {
    const histories = Array.from({ length: 40 }, (_, d) => [d % 10, (d + 1) % 10, (d + 2) % 10])
    const sessions = splitDataset(toy(histories, { testFrom: 30 }), { seed: 1, perDevice: 2 })
    const sample = sampledSplit(sessions, 1, 6)
    expect([sample.validation.devices.length, new Set(sample.test.devices).size]).toEqual([6, 6])
    // Each click of a session but the first, after those before it.
    expect(sample.test.devices).toHaveLength(12)
    expect(sample.evaluationOnlyFrom).toBe(6)
    for (const { device, prefix, targets } of asked(sample.test)) {
      expect(targets).toEqual([(sample.numbers![device]! + prefix) % 10])
    }
  })
})
