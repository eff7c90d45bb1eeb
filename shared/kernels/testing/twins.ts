import fc from 'fast-check'
import { plainKernels } from '../plain.js'
import { simdKernels } from '../simd.js'

/** The twin in WebAssembly, and both. */
export const simd = simdKernels()!
export const twins = [plainKernels, simd] as const

const special = fc.constantFrom(0, -0, 1, -1, 1e-310, -5e-324, 1e308, -1e308, Infinity, -Infinity, NaN)
/** Mostly ordinary numbers; now and then one that is hard to carry. */
export const number = fc.oneof(
  { weight: 50, arbitrary: fc.double({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: special },
)
export const ordinary = fc.double({ min: -2, max: 2, noNaN: true })
export const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** `count` numbers, drawn from a seed for speed, up to three of them replaced by what fast-check draws. */
export function numbers(count: number, from: fc.Arbitrary<number> = number): fc.Arbitrary<Float64Array> {
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
export function bits(values: Float64Array | Float32Array): string {
  const canonical = values.map((value) => (Number.isNaN(value) ? Number.NaN : value))
  return Buffer.from(canonical.buffer, canonical.byteOffset, canonical.byteLength).toString('hex')
}
