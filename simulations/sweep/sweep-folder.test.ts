import { describe, expect, it } from 'vitest'
import type { Axis } from './axis.js'
import { grownAxes, type SweepDocument } from './sweep-folder.js'

const factors = (...values: number[]): Axis => ({ option: 'settings.factors', values })
const seeds = (...values: number[]): Axis => ({ option: 'seed', values })
const file = { option: 'data', name: 'a.csv', bytes: 3, sha256: 'aa' }
const document = (axes: readonly Axis[], more: Partial<SweepDocument> = {}): SweepDocument => ({
  schema: 1,
  base: { data: '/here/a.csv', rounds: 2, settings: { alpha: 0.1 } },
  files: [file],
  axes,
  ...more,
})
const before = document([factors(16, 32), seeds(1, 2)])
const grown = (now: SweepDocument) => grownAxes('sweep', before, now)

describe('a sweep that is started again', () => {
  it('is the same, whatever the order of what is given', () => {
    expect(grown(before)).toEqual(before.axes)
    expect(grown(document([seeds(2, 1), factors(32, 16)]))).toEqual(before.axes)
  })

  it('may have more values, which come after those it has', () => {
    expect(grown(document([factors(8, 16, 32), seeds(1, 2, 3)]))).toEqual([
      factors(16, 32, 8),
      seeds(1, 2, 3),
    ])
  })

  it('may find its data elsewhere', () => {
    const moved = { ...before.base, data: '/there/a.csv' }
    expect(grown(document(before.axes, { base: moved }))).toEqual(before.axes)
  })

  it.each<[string, SweepDocument, RegExp]>([
    ['a value less', document([factors(16), seeds(1, 2)]), /its factors has the value 32, too/],
    ['an axis less', document([factors(16, 32)]), /it varies seed/],
    [
      'an axis more',
      document([...before.axes, { option: 'rounds', values: [1] }]),
      /it does not vary rounds/,
    ],
    ['another base', document(before.axes, { base: { ...before.base, rounds: 3 } }), /rounds was 2 and is 3/],
    [
      'another setting',
      document(before.axes, { base: { ...before.base, settings: {} } }),
      /settings.alpha was 0.1 and is not given/,
    ],
    ['other data', document(before.axes, { files: [{ ...file, sha256: 'bb' }] }), /a.csv has changed/],
  ])('is refused with %s', (_, now, problem) => {
    expect(() => grown(now)).toThrow(expect.objectContaining({ code: 'TACIT_SWEEP_CHANGED' }))
    expect(() => grown(now)).toThrow(problem)
  })
})
