import { createModel } from '@tacit/shared/model'
import { describe, expect, it } from 'vitest'
import { recommend } from './recommend.js'

const items = 5
const model = createModel('popularity', { items, population: 1, share: 1, settings: {} })
const tensors = { itemShare: { shape: [items, 1], values: Float32Array.of(0.25, 0.5, 0.25, 0, 0.75) } }
const rows = (history: number[], options: { count: number; exclude?: number[] }) =>
  recommend(model, tensors, Int32Array.from(history), { items, ...options }).map(({ row }) => row)

describe('recommend', () => {
  it('ranks by score, ties by row, without what the device knows already', () => {
    expect(rows([1], { count: 10 })).toEqual([4, 0, 2, 3])
    expect(recommend(model, tensors, new Int32Array(), { items, count: 1 })).toEqual([
      { row: 4, score: 0.75 },
    ])
  })

  it('excludes other rows on request', () => {
    expect(rows([1], { count: 2, exclude: [4] })).toEqual([1, 0])
    expect(rows([1], { count: 0 })).toEqual([])
    expect(rows([], { count: 3, exclude: [0, 1, 2, 3, 4] })).toEqual([])
  })
})
