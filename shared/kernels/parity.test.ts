import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { kernels } from './index.js'
import type { Kernels } from './kernels.js'
import { packedTriangle } from './linear.js'
import { plainKernels } from './plain.js'
import type { Numbers } from './rounding.js'
import { simdKernels } from './simd.js'
import { bits, number, numbers, ordinary, simd, twins } from './testing/twins.js'
import { isWiped, watchedKernels } from './testing/watched.js'

const width = fc.integer({ min: 1, max: 70 })

function expectAlike(compute: (twin: Kernels) => Float64Array | Float32Array): void {
  const [plain, wasm] = twins.map((twin) => bits(compute(twin)))
  expect(wasm).toBe(plain)
}

/** A positive definite packed matrix, or now and then one that is not. */
function gramOf(rows: Float64Array, k: number): Float64Array {
  const gram = new Float64Array(packedTriangle(k))
  plainKernels.addGram(gram, Float32Array.from(rows), Math.floor(rows.length / k), k)
  return gram
}

/** A table and rows of it, in any order, some more than once. */
function chosen(rows: number, length: number, seed: number): Int32Array {
  return Int32Array.from({ length: rows === 0 ? 0 : length }, (_, i) => ((i + 1) * (seed | 1)) % rows)
}

/** What each twin makes of some work; the other one keeps the table, to work on its copy. */
function expectAlikeOnTable(table: Float32Array, compute: (twin: Kernels) => Numbers | Int32Array): void {
  const results = [plainKernels, simd].map((twin) => compute(twin))
  simd.keepTable(table)
  results.push(compute(simd))
  simd.keepTable(undefined)
  const [plain, ...others] = results.map((result) => bits(Float64Array.from(result)))
  for (const other of others) expect(other).toBe(plain)
}

it('the platform of these tests runs the WebAssembly twin', () => {
  expect(kernels().name).toBe('simd')
})

describe.each([
  ['ordinary numbers', ordinary],
  ['special numbers among them', number],
])('the twins agree to the bit on %s:', (_, value) => {
  it('addGram', () => {
    const shapes = fc.tuple(width, fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 300)))
    const cases = shapes.chain(([k, rows]) =>
      fc.tuple(fc.constant(k), numbers(rows * k, value), numbers(packedTriangle(k), value)),
    )
    fc.assert(
      fc.property(cases, ([k, table, a]) => {
        expectAlike((twin) => {
          const sum = a.slice()
          twin.addGram(sum, Float32Array.from(table), table.length / k, k)
          return sum
        })
      }),
    )
  })

  it('outerProducts, within the numbers that are wanted', () => {
    const cases = fc.tuple(
      width.chain((k) => numbers(k, value)),
      value,
    )
    fc.assert(
      fc.property(cases, ([x, times]) => {
        const length = packedTriangle(x.length)
        expectAlike((twin) => {
          const both = new Float64Array(2 * length + 2).fill(7)
          twin.outerProducts(x, times, both.subarray(0, length), both.subarray(length + 1, -1))
          return both
        })
        for (const more of [0, 3, -1]) {
          expectAlike((twin) =>
            twin.lending(() => {
              const lent = [Math.max(0, length + more), 1, length].map((some) => twin.numbers(some).fill(7))
              const [products, after, scaled] = lent
              twin.outerProducts(x, times, products!, scaled!)
              return Float64Array.of(...products!, ...after!, ...scaled!)
            }),
          )
        }
      }),
    )
  })

  it('foldIn, gradients and scores, of rows of a table', () => {
    const cases = fc.tuple(width, fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 130))).chain(([k, rows]) =>
      fc.tuple(
        numbers(rows * k, value),
        fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 130)).map((length) => chosen(rows, length, k)),
        numbers(2 * k * k, value).map((matrix) => gramOf(matrix, k)),
        fc.constantFrom(0, 0.2, 1, -1, 3),
        fc.constantFrom(0, 0.03, 1, 50),
        numbers(k, value),
      ),
    )
    fc.assert(
      fc.property(cases, ([numbers, rows, gram, alpha, ridge, factor]) => {
        const table = Float32Array.from(numbers)
        expectAlikeOnTable(table, (twin) => {
          const w = factor.slice()
          twin.foldIn(gram, alpha, ridge, table, rows, w)
          return w
        })
        expectAlikeOnTable(table, (twin) => {
          const w = factor.slice()
          const weights = Float32Array.from(rows, (_, n) => (n % 4) * 0.7)
          twin.foldIn(gram, alpha, ridge, table, rows, w, weights)
          return w
        })
        expectAlikeOnTable(table, (twin) => {
          const gradient = new Float32Array(rows.length * factor.length)
          twin.gradients(table, rows, factor, gradient)
          return gradient
        })
        expectAlikeOnTable(table, (twin) => {
          const scores = new Float64Array(rows.length)
          twin.scores(table, rows, factor, scores)
          return scores
        })
      }),
    )
  })

  it('countAtLeast', () => {
    const cases = fc
      .tuple(width, fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 130)), fc.nat(9))
      .chain(([k, rows, devices]) =>
        fc.tuple(
          fc.constant(k),
          numbers(rows * k, value),
          numbers(devices * k, value),
          numbers(devices, value),
          fc.boolean(),
        ),
      )
    fc.assert(
      fc.property(cases, ([k, rows, factors, some, exact]) => {
        const table = Float32Array.from(rows)
        // A threshold that is the score of a row: what ties with it counts.
        const thresholds = some.map((threshold, device) => {
          if (!exact || table.length === 0) return threshold
          const score = new Float64Array(1)
          plainKernels.scores(table, Int32Array.of(0), factors.subarray(device * k, (device + 1) * k), score)
          return score[0]!
        })
        expectAlikeOnTable(table, (twin) => {
          const counts = new Int32Array(thresholds.length).fill(7)
          twin.countAtLeast(factors, k, table, thresholds, counts)
          return counts
        })
      }),
    )
  })

  it('newtonSteps', () => {
    const cases = fc.tuple(width, fc.oneof(fc.nat(5), fc.constantFrom(255, 257))).chain(([k, rows]) =>
      fc.record({
        k: fc.constant(k),
        alpha: fc.constantFrom(0, 0.2, 1),
        eta: fc.constantFrom(0.3, 1),
        gram: numbers(2 * k * k, value).map((matrix) => gramOf(matrix, k)),
        weightedGram: numbers(2 * k * k, value).map((matrix) => gramOf(matrix, k)),
        rows: numbers(rows * k, value),
        gradient: numbers(rows * k, value),
        // Rows of one share and ridge have one matrix; rows of one share alone do not.
        terms: fc
          .tuple(
            numbers(rows * 3, value),
            fc.constantFrom(1, 2, 40),
            fc.constantFrom<readonly number[]>([0], [0, 2]),
          )
          .map(([terms, distinct, shared]) =>
            terms.map((term, i) => (shared.includes(i % 3) ? terms[i % (3 * distinct)]! : term)),
          ),
      }),
    )
    fc.assert(
      fc.property(cases, ({ rows, ...steps }) => {
        expectAlike((twin) => {
          const table = Float32Array.from(rows)
          twin.newtonSteps({ ...steps, table })
          return table
        })
      }),
      { numRuns: 60 },
    )
  })

  it('clip', () => {
    const bound = fc.constantFrom(0.1, 0.7, 1, 3, 1000)
    const cases = fc.tuple(
      fc.nat(40).chain((count) => numbers(count, value)),
      bound,
      bound,
    )
    fc.assert(
      fc.property(cases, ([values, norm, range]) => {
        for (const given of [values, Float32Array.from(values)]) {
          expectAlike((twin) => {
            const clipped = given.slice()
            const changed = twin.clip(clipped, norm, range)
            return Float64Array.of(...clipped, changed === undefined ? 2 : changed ? 1 : 0)
          })
        }
      }),
    )
  })

  it('clip: numbers whose squares are nothing, and ranges as small', () => {
    const tiny = fc.constantFrom(0, 1e-30, 1e-23, -3e-23, 1e-20, 1e-12, -1e-160, 1e-170)
    const bound = fc.constantFrom(1e-180, 1e-31, 1e-24, 1e-21, 1e-13, 1)
    fc.assert(
      fc.property(fc.array(tiny, { maxLength: 40 }), bound, bound, (values, norm, range) => {
        for (const given of [Float64Array.from(values), Float32Array.from(values)]) {
          expectAlike((twin) => {
            const clipped = given.slice()
            twin.clip(clipped, norm, range)
            // What is left of a single is rounded once.
            expect(clipped.every((value) => Math.abs(value) <= range * (1 + 2 ** -23))).toBe(true)
            return Float64Array.from(clipped)
          })
        }
      }),
    )
  })
})

describe('the WebAssembly twin', () => {
  it('leaves nothing of one call in the results of the next, nor of a shopper in its memory', () => {
    const { kernels: watched, memory } = watchedKernels()
    const shape = fc.tuple(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(67)), fc.nat(9))
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 5 }), (shapes) => {
        for (const [k, rows] of shapes) {
          const x = Float32Array.from({ length: rows * k }, (_, i) => 0.1 * i - 1)
          const gram = gramOf(
            Float64Array.from({ length: 4 * k * k }, (_, i) => (i % 7) - 3),
            k,
          )
          const named = Int32Array.from({ length: rows }, (_, r) => r)
          const [plain, wasm] = [plainKernels, watched].map((twin) => {
            const w = new Float64Array(k)
            const gradient = new Float32Array(x.length)
            const scores = new Float64Array(rows)
            const words = new Uint32Array(x.length)
            const sums = [new Uint32Array(x.length), new Uint32Array(x.length)] as const
            twin.foldIn(gram, 0.5, 1, x, named, w)
            twin.gradients(x, named, w, gradient)
            twin.scores(x, named, w, scores)
            twin.countAtLeast(Float64Array.from(gradient), k, x, scores, new Int32Array(rows))
            twin.clip(gradient, 1, 0.5)
            twin.drawWords(
              1,
              2,
              Uint32Array.from({ length: rows }, (_, r) => r * 2 * k + 1),
              k,
              words,
            )
            const starts = named.map((r) => r * k)
            const rounding = {
              values: gradient,
              starts: Uint32Array.from(starts),
              width: k,
              scale: 100,
              limit: 127,
            }
            const release = twin.holdSums(sums[0])
            twin.addRounded(rounding, { k0: 1, k1: 2 }, sums[0])
            twin.addRounded(rounding, new Uint8Array(words.buffer).subarray(0, x.length), sums[1])
            release()
            return [bits(w), bits(gradient), bits(scores), [...words], ...sums.map((sum) => [...sum])]
          })
          expect(wasm).toEqual(plain)
          expect(isWiped(memory)).toBe(true)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('works on the copy of a table that it keeps, and forgets it for another', () => {
    const tables = [2, 3, 5].map((scale) => Float64Array.from({ length: 8 * scale }, (_, i) => i * scale))
    const w = Float64Array.of(1, 1, 1)
    for (const values of [...tables, ...tables.toReversed()]) {
      const table = Float32Array.from(values)
      simd.keepTable(table)
      const kept = new Float64Array(1)
      simd.scores(table, Int32Array.of(1), w, kept)
      expect(kept[0]).toBe(values[3]! + values[4]! + values[5]!)
      table.fill(1)
      simd.scores(table, Int32Array.of(1), w, kept)
      expect(kept[0]).toBe(values[3]! + values[4]! + values[5]!)
      simd.scores(table.slice(), Int32Array.of(1), w, kept)
      expect(kept[0]).toBe(3)
    }
    simd.keepTable(undefined)
  })

  it('holds one array of sums at a time', () => {
    const release = simd.holdSums(new Uint32Array(3))
    expect(() => simd.holdSums(new Uint32Array(3))).toThrow()
    release()
    simd.holdSums(new Uint32Array(3))()
  })

  it('is not there where WebAssembly is not, or refuses', () => {
    const refuse = () => {
      throw new Error('refused by a content security policy')
    }
    for (const platform of [undefined, { Module: refuse, Instance: refuse }]) {
      vi.stubGlobal('WebAssembly', platform)
      expect(simdKernels()).toBeUndefined()
      vi.unstubAllGlobals()
    }
  })

  it('hands what is too long for its memory to the plain one', () => {
    const values = new Float64Array(2 ** 20 + 1).fill(1)
    expect(simd.clip(values, 1, 1)).toBe(true)
    expect(values[0]).toBe(1 / Math.sqrt(2 ** 20 + 1))
  })
})
