import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { kernels } from './index.js'
import type { Kernels } from './kernels.js'
import { packedTriangle } from './linear.js'
import { plainKernels } from './plain.js'
import { simdKernels } from './simd.js'

const simd = simdKernels()!
const twins = [plainKernels, simd] as const

/** Mostly ordinary numbers; now and then one that is hard to carry. */
const special = fc.constantFrom(0, -0, 1, -1, 1e-310, -5e-324, 1e308, -1e308, Infinity, -Infinity, NaN)
const number = fc.oneof(
  { weight: 50, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: special },
)
const ordinary = fc.double({ min: -2, max: 2, noNaN: true })
const width = fc.integer({ min: 1, max: 70 })
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** `count` numbers, drawn from a seed for speed, up to three of them replaced by what fast-check draws. */
function numbers(count: number, from: fc.Arbitrary<number> = number): fc.Arbitrary<Float64Array> {
  const replaced = fc.array(fc.tuple(fc.nat(Math.max(0, count - 1)), from), { maxLength: 3 })
  return fc.tuple(word, replaced).map(([seed, replacements]) => {
    let state = seed
    const values = new Float64Array(count)
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      values[i] = state / 2 ** 31 - 1
    }
    if (count > 0) for (const [at, value] of replacements) values[at] = value
    return values
  })
}

/** Bit patterns, with every NaN alike: its payload is the one thing that engines may choose. */
function bits(values: Float64Array | Float32Array): string {
  const canonical = values.map((value) => (Number.isNaN(value) ? Number.NaN : value))
  return Buffer.from(canonical.buffer, canonical.byteOffset, canonical.byteLength).toString('hex')
}

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

  it('foldIn and gradients', () => {
    const cases = fc.tuple(width, fc.oneof(fc.nat(9), fc.constantFrom(63, 64, 65, 130))).chain(([k, rows]) =>
      fc.tuple(
        numbers(rows * k, value),
        numbers(2 * k * k, value).map((matrix) => gramOf(matrix, k)),
        fc.constantFrom(0, 0.2, 1, -1, 3),
        fc.constantFrom(0, 0.03, 1, 50),
        numbers(k, value),
      ),
    )
    fc.assert(
      fc.property(cases, ([rows, gram, alpha, ridge, factor]) => {
        const x = Float32Array.from(rows)
        expectAlike((twin) => {
          const w = factor.slice()
          twin.foldIn(gram, alpha, ridge, x, w)
          return w
        })
        expectAlike((twin) => {
          const gradient = new Float64Array(x.length)
          twin.gradients(x, factor, gradient)
          return gradient
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
        terms: numbers(rows * 3, value),
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
        expectAlike((twin) => {
          const clipped = values.slice()
          const changed = twin.clip(clipped, norm, range)
          return Float64Array.of(...clipped, changed ? 1 : 0)
        })
      }),
    )
  })

  it('roundWords', () => {
    const cases = fc
      .nat(70)
      .chain((count) =>
        fc.tuple(
          numbers(count, value),
          fc.array(word, { minLength: count, maxLength: count + 3 }),
          fc.integer({ min: 2, max: 31 }),
        ),
      )
    fc.assert(
      fc.property(cases, ([values, words, q]) => {
        const limit = 2 ** (q - 1) - 1
        const [plain, wasm] = twins.map((twin) => {
          const out = new Int32Array(values.length + 2).fill(7)
          twin.roundWords(values, Uint32Array.from(words), limit / 1.5, limit, out)
          return [...out]
        })
        expect(wasm).toEqual(plain)
      }),
    )
  })
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

describe('the WebAssembly twin', () => {
  it('leaves nothing of one call in the results of the next, nor of a shopper in its memory', () => {
    const memory = vi.fn<() => Uint8Array>()
    const Instance = class extends WebAssembly.Instance {
      constructor(module: WebAssembly.Module) {
        super(module)
        memory.mockImplementation(() => new Uint8Array((this.exports.memory as WebAssembly.Memory).buffer))
      }
    }
    vi.stubGlobal('WebAssembly', { Module: WebAssembly.Module, Instance })
    const watched = simdKernels()!
    vi.unstubAllGlobals()
    const shape = fc.tuple(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant(67)), fc.nat(9))
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 5 }), (shapes) => {
        for (const [k, rows] of shapes) {
          const x = Float32Array.from({ length: rows * k }, (_, i) => 0.1 * i - 1)
          const gram = gramOf(
            Float64Array.from({ length: 4 * k * k }, (_, i) => (i % 7) - 3),
            k,
          )
          const [plain, wasm] = [plainKernels, watched].map((twin) => {
            const w = new Float64Array(k)
            const gradient = new Float64Array(x.length)
            const words = new Uint32Array(x.length)
            const rounded = new Int32Array(x.length)
            twin.foldIn(gram, 0.5, 1, x, w)
            twin.gradients(x, w, gradient)
            twin.clip(gradient, 1, 0.5)
            twin.drawWords(
              1,
              2,
              Uint32Array.from({ length: rows }, (_, r) => r * 2 * k + 1),
              k,
              words,
            )
            twin.roundWords(gradient, words, 100, 127, rounded)
            return [bits(w), bits(gradient), [...words], [...rounded]]
          })
          expect(wasm).toEqual(plain)
          expect(memory().findIndex((byte) => byte !== 0)).toBe(-1)
        }
      }),
      { numRuns: 30 },
    )
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
