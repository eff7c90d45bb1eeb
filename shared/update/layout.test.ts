import { describe, expect, it } from 'vitest'
import { checkLayout, type Layout, layoutSize, type Segment, segmentSize, segmentWidth } from './layout.js'

const table: Segment = { name: 'table', shape: [4, 3], range: 2, clip: 3, weight: 1 }
const list: Segment = { name: 'list', shape: [5], range: 1, clip: 1, weight: 0 }

const invalid = expect.objectContaining({ code: 'TACIT_LAYOUT_INVALID' })

describe('layout', () => {
  it('counts coordinates and columns', () => {
    expect([segmentSize(table), segmentWidth(table)]).toEqual([12, 3])
    expect([segmentSize(list), segmentWidth(list)]).toEqual([5, 1])
    expect(layoutSize([table, list])).toBe(17)
  })

  it('accepts what is well formed', () => {
    expect(() => checkLayout([table, list])).not.toThrow()
  })

  const flaws: [string, Layout][] = [
    ['no segment', []],
    ['one name twice', [table, { ...list, name: 'table' }]],
    ['no dimension', [{ ...table, shape: [] }]],
    ['three dimensions', [{ ...table, shape: [2, 2, 2] }]],
    ['an empty dimension', [{ ...table, shape: [0] }]],
    ['half a row', [{ ...table, shape: [2.5] }]],
    ['a negative dimension', [{ ...table, shape: [-1, -4] }]],
    ['a range of 0', [{ ...table, range: 0 }]],
    ['a range without end', [{ ...table, range: Number.POSITIVE_INFINITY }]],
    ['a range that is not a number', [{ ...table, range: Number.NaN }]],
    ['a clip of 0', [{ ...table, clip: 0 }]],
    ['a clip without end', [{ ...table, clip: Number.POSITIVE_INFINITY }]],
    ['a negative weight', [{ ...table, weight: -1 }]],
    ['a weight that is not a number', [{ ...table, weight: Number.NaN }]],
    ['too many coordinates', [{ ...table, shape: [2 ** 27, 2] }, list]],
  ]
  it.each(flaws)('refuses %s', (_, layout) => {
    expect(() => checkLayout(layout)).toThrow(invalid)
  })
})
