import { describe, expect, it } from 'vitest'
import type { Layout } from './layout.js'
import { checkUpdate, type Update } from './update.js'

const layout: Layout = [
  { name: 'table', shape: [3, 2], range: 2, clip: 3, weight: 1 },
  { name: 'list', shape: [2], range: 1, clip: 1, weight: 1 },
]

describe('checkUpdate', () => {
  const sound: [string, Update][] = [
    ['nothing at all', {}],
    ['dense segments', { table: { values: new Float64Array(6) }, list: { values: new Float64Array(2) } }],
    ['rows in any order', { table: { rows: Int32Array.of(2, 0), values: new Float64Array(4) } }],
    ['no rows', { table: { rows: new Int32Array(0), values: new Float64Array(0) } }],
  ]
  it.each(sound)('accepts %s', (_, update) => {
    expect(() => checkUpdate(update, layout)).not.toThrow()
  })

  const flaws: [string, Update][] = [
    ['an unknown segment', { other: { values: new Float64Array(1) } }],
    ['a short segment', { table: { values: new Float64Array(5) } }],
    [
      'values for fewer rows than named',
      { table: { rows: Int32Array.of(0, 1), values: new Float64Array(2) } },
    ],
    ['a row beyond the end', { table: { rows: Int32Array.of(3), values: new Float64Array(2) } }],
    ['a negative row', { table: { rows: Int32Array.of(-1), values: new Float64Array(2) } }],
    ['a row twice', { table: { rows: Int32Array.of(1, 1), values: new Float64Array(4) } }],
    ['what is not a number', { list: { values: Float64Array.of(0, Number.NaN) } }],
    ['infinity', { list: { values: Float64Array.of(0, Number.NEGATIVE_INFINITY) } }],
  ]
  it.each(flaws)('refuses %s', (_, update) => {
    const mismatch = expect.objectContaining({ code: 'TACIT_UPDATE_MISMATCH' })
    expect(() => checkUpdate(update, layout)).toThrow(mismatch)
  })
})
