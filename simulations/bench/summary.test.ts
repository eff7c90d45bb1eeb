import { expect, it } from 'vitest'
import { fastestTenth, summarise } from './summary.js'

it('summarises by least, middle and most', () => {
  expect(summarise([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 })
  expect(summarise([10, 9])).toEqual({ min: 9, median: 10, max: 10 })
})

it('tells what a tenth of the rates reach, in whatever order they came', () => {
  const rates = Array.from({ length: 20 }, (_, i) => ((i * 7) % 20) + 1)
  expect(fastestTenth(rates)).toBe(19)
  expect(rates.filter((rate) => rate >= fastestTenth(rates))).toHaveLength(2)
  expect(fastestTenth([5])).toBe(5)
  expect(fastestTenth([1, 9, 2])).toBe(9)
})
