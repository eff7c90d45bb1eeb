import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytes, count, duration, figure, metricLabel, percent, significant } from './format.js'

it.each([
  [bytes(0), '0 B'],
  [bytes(172_400), '172 kB'],
  [bytes(2_320_000_000), '2.32 GB'],
  [bytes(23_000_000, 2e9), '0.023 GB'],
  [duration(1500), '1,500 ms'],
  [duration(90_000), '90 s'],
  [duration(86_400_000 * 3), '3 days'],
  [count(100_000), '100,000'],
  [figure(0.67), '0.6700'],
  [percent(0.0504), '5.04 %'],
  [significant(123_456, 3), '123,456'],
  [significant(1.234e20, 3), '1.23e20'],
  [significant(-1.5e-9, 3), '-1.50e-9'],
  [metricLabel('hr@10'), 'HR@10'],
  [metricLabel('popularity-share@10'), 'Popularity share@10'],
  [metricLabel('clippedShare'), 'Clipped share'],
])('%s', (text, wanted) => {
  expect(text).toBe(wanted)
})

it('writes no number that is none', () => {
  fc.assert(
    fc.property(fc.double(), fc.double(), (value, like) => {
      for (const text of [
        bytes(value, like),
        duration(value, like),
        count(value),
        figure(value),
        percent(value),
      ]) {
        expect(text).not.toMatch(/NaN|Infinity|∞/)
      }
    }),
  )
})
