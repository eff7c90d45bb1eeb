import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Dataset } from './dataset.js'
import type { NegativesKind, SplitKind } from './protocol.js'
import { type Split, splitDataset } from './split.js'
import { deviceTargets, negativesOf, targetsOf } from './split-cases.js'
import { timed, trained } from './testing/toy.js'

const histories = fc.array(
  fc
    .array(fc.tuple(fc.nat(9), fc.nat(30)), { maxLength: 14 })
    .map((events) => events.sort((a, b) => a[1] - b[1])),
  { minLength: 1, maxLength: 6 },
)

const kinds: readonly (readonly [SplitKind, Partial<Dataset>])[] = [
  ['leave-one-out', {}],
  ['user-time', {}],
  ['global-time', {}],
  ['sessions', { testFrom: 1 }],
  ['sessions-last', { testFrom: 1 }],
]

/** When a device first had an item. */
function firstTime({ histories: { offsets, items, times } }: Dataset, device: number, item: number): number {
  const from = offsets[device]!
  return times[from + items.subarray(from, offsets[device + 1]).indexOf(item)]!
}

it.each(kinds)('%s: nothing that is trained on is a target, or was first met after one', (kind, more) => {
  const shares = fc.constantFrom(0.1, 0.2, 0.5)
  const negatives = fc.constantFrom<NegativesKind>('clean', 'official-pfedrec')
  fc.assert(
    fc.property(histories, shares, negatives, (events, testShare, from) => {
      const dataset = { ...timed(events), ...more }
      const split = splitDataset(dataset, { seed: 1, split: kind, testShare, negatives: from, perDevice: 3 })
      expect(split.devices).toBe(kind === 'global-time' ? split.ids.length : dataset.devices.length)
      trained(split).forEach((rows, device) => {
        const own = dataset.devices.indexOf(split.ids[device]!)
        const test = [...deviceTargets(split.test, device)]
        const validation = [...deviceTargets(split.validation, device)]
        const known = new Set(rows)
        expect(known.size).toBe(rows.length)
        const later = device >= (split.evaluationOnlyFrom ?? split.devices) ? [] : [...validation, ...test]
        expect(later.some((row) => known.has(row))).toBe(false)
        const lastKnown = Math.max(...rows.map((row) => firstTime(dataset, own, row)))
        for (const row of later) expect(firstTime(dataset, own, row)).toBeGreaterThanOrEqual(lastKnown)
        const lastValidated = Math.max(...validation.map((row) => firstTime(dataset, own, row)))
        for (const row of test) expect(firstTime(dataset, own, row)).toBeGreaterThanOrEqual(lastValidated)
      })
      for (const target of ['validation', 'test'] as const) holds(split, target, dataset)
    }),
  )
})

/** A case folds in what came before its targets, and its negatives are outside all of the device's history. */
function holds(split: Split, target: 'validation' | 'test', dataset: Dataset): void {
  const cases = split[target]
  const { offsets, items } = split.train
  cases.devices.forEach((device, index) => {
    const own = dataset.devices.indexOf(split.ids[device]!)
    const from = offsets[device]!
    const prefix = cases.prefix[index]!
    expect(prefix).toBeGreaterThan(0)
    expect(from + prefix).toBeLessThanOrEqual(offsets[device + 1]!)
    const targets = [...targetsOf(cases, index)]
    expect(targets.length).toBeGreaterThan(0)
    for (const row of items.subarray(from, from + prefix)) {
      expect(targets).not.toContain(row)
      expect(firstTime(dataset, own, row)).toBeLessThanOrEqual(firstTime(dataset, own, targets[0]!))
    }
    const all = dataset.histories.items.subarray(
      dataset.histories.offsets[own],
      dataset.histories.offsets[own + 1],
    )
    expect(negativesOf(cases, 3, index).some((row) => all.includes(row))).toBe(false)
  })
}
