import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kernels } from './kernels.js'
import { plainKernels } from './plain.js'
import type { Rounding } from './rounding.js'
import { number, numbers, ordinary, simd, twins, word } from './testing/twins.js'

describe.each([
  ['ordinary numbers', ordinary],
  ['special numbers among them', number],
])('the twins round alike, %s:', (_, value) => {
  it('with draws that are given, drawn from a stream, into sums that are held or not', () => {
    // The largest are more than the module rounds at a time, of many rows or of wide ones.
    const shape = fc.oneof(
      fc.tuple(fc.nat(9), fc.nat(40)),
      fc.tuple(fc.constantFrom(300, 600), fc.nat(40)),
      fc.tuple(fc.oneof(fc.nat(9), fc.constant(70)), fc.constant(257)),
    )
    const cases = shape.chain(([rows, width]) =>
      fc.tuple(
        numbers(rows * width, value),
        fc.array(fc.nat(3000), { minLength: rows, maxLength: rows }),
        fc.constant(width),
        fc.integer({ min: 2, max: 31 }),
        fc.tuple(word, word),
      ),
    )
    fc.assert(
      fc.property(cases, ([values, starts, width, q, [k0, k1]]) => {
        const limit = 2 ** (q - 1) - 1
        const rounding: Rounding = {
          values,
          starts: Uint32Array.from(starts),
          width,
          scale: limit / 1.5,
          limit,
        }
        const bytes = Uint8Array.from(values, (_, i) => Math.imul(i + 1, k0) >>> 24)
        const crossing = Uint8Array.from(
          { length: width + starts.length },
          (_, i) => Math.imul(i + 1, k1) >>> 24,
        )
        const stream = { k0: k0 | 0, k1: k1 | 0 }
        for (const values of [rounding.values, Float32Array.from(rounding.values)]) {
          for (const [crossed, draws] of [
            [false, bytes],
            [false, stream],
            [true, crossing],
            [true, stream],
          ] as const) {
            const sums = (twin: Kernels, held: boolean) => {
              const into = new Uint32Array(3300).fill(2 ** 32 - 3)
              const release = held ? twin.holdSums(into) : () => {}
              twin.addRounded({ ...rounding, values, crossed }, draws, into)
              release()
              return into
            }
            const plain = sums(plainKernels, false)
            for (const held of [false, true]) expect(sums(simd, held)).toEqual(plain)
          }
        }
      }),
      { numRuns: 30 },
    )
  })
})

it('the twins round alike under crossed draws rows of more columns than the module draws for', () => {
  const width = 1025
  const values = Float32Array.from({ length: 2 * width }, (_, i) => (i % 9) / 8)
  const rounding = { values, starts: Uint32Array.of(2, 0), each: width, from: 5, width, scale: 1, limit: 9 }
  for (const held of [false, true]) {
    const [plain, wasm] = twins.map((twin) => {
      const into = new Uint32Array(5 + 3 * width)
      const release = held ? twin.holdSums(into) : () => {}
      twin.addRounded({ ...rounding, crossed: true }, { k0: 1, k1: 2 }, into)
      release()
      return into
    })
    expect(wasm).toEqual(plain)
  }
})

it('the twins round alike what is no number, wherever it stands and however wide the sums', () => {
  const hard = [NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324, -0]
  for (const limit of [1, 2 ** 15 - 1, 2 ** 15, 2 ** 24 - 1, 2 ** 24, 2 ** 30 - 1]) {
    for (let at = 0; at < 11; at++) {
      for (const bad of hard) {
        const row = Float64Array.from({ length: 11 }, (_, i) => (i === at ? bad : 0.5))
        for (const values of [row, Float32Array.from(row)]) {
          const rounding = { values, starts: Uint32Array.of(1), width: 11, scale: 1, limit }
          const [plain, wasm] = twins.map((twin) => {
            const into = new Uint32Array(13)
            twin.addRounded(rounding, { k0: 1, k1: 2 }, into)
            return [...into]
          })
          expect(wasm).toEqual(plain)
        }
      }
    }
  }
})

describe('the twins draw the same words', () => {
  it('for rows of any width, wherever they start', () => {
    const starts = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 40 }), { maxLength: 9 })
    fc.assert(
      fc.property(word, word, starts, fc.nat(40), (k0, k1, starts, width) => {
        const [plain, wasm] = twins.map((twin) => {
          const out = new Uint32Array(starts.length * width + 2).fill(7)
          twin.drawWords(k0 | 0, k1 | 0, Uint32Array.from(starts), width, out)
          return [...out]
        })
        expect(wasm).toEqual(plain)
      }),
    )
  })
})
