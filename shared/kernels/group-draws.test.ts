import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeededRandom } from '../random/index.js'
import { freeRows, type GroupDraws } from './group-draws.js'
import type { Kernels } from './kernels.js'
import { plainKernels } from './plain.js'
import { isWiped, watchedKernels } from './testing/watched.js'

const { kernels: simd, memory } = watchedKernels()

/** A device of a catalogue of some rows: some it knows, some are barred, some it has touched before. */
const arbitrary = fc
  .record({
    size: fc.integer({ min: 1, max: 70 }),
    shuffled: fc.nat(1000),
    shares: fc.tuple(fc.nat(70), fc.nat(20), fc.nat(20)),
    negatives: fc.nat(6),
    words: fc.oneof(fc.constant(600), fc.nat(600)),
    mixed: fc.boolean(),
  })
  .map(({ size, shuffled, shares, words, ...rest }) => {
    const random = new SeededRandom({ seed: shuffled, purpose: 'training' })
    const all = Array.from({ length: size }, (_, row) => row).sort((a, b) => random.word(a) - random.word(b))
    const [positives, bars, before] = [shares[0], shares[1], shares[2]].map((n) => all.splice(0, n)) as [
      number[],
      number[],
      number[],
    ]
    const drawn = new Uint32Array(words)
    random.fill(Uint32Array.of(size), words, drawn)
    return { size, positives, barred: Int32Array.from(bars), before, words: drawn, ...rest }
  })

type Device = typeof arbitrary extends fc.Arbitrary<infer T> ? T : never

function drawsOf({ positives, before, negatives, ...rest }: Device): GroupDraws {
  const rows = new Int32Array(rest.size)
  rows.set([...positives, ...before])
  const draws = { ...rest, rows, positives: positives.length, touched: positives.length + before.length }
  const each = Math.min(negatives, freeRows(draws))
  return { ...draws, negatives: each, samples: new Int32Array(positives.length * (1 + each)) }
}

function drawnBy(kernels: Kernels, device: Device) {
  const draws = drawsOf(device)
  const drawn = kernels.drawGroups(draws)
  return drawn && { ...drawn, rows: [...draws.rows.subarray(0, drawn.touched)], samples: [...draws.samples] }
}

describe('drawGroups', () => {
  it('is the same to the bit in both twins, and leaves nothing of a shopper in the module', () => {
    let enough = 0
    let tooFew = 0
    fc.assert(
      fc.property(arbitrary, (device) => {
        const plain = drawnBy(plainKernels, device)
        expect(drawnBy(simd, device)).toEqual(plain)
        expect(isWiped(memory)).toBe(true)
        if (plain) enough++
        else tooFew++
      }),
      { numRuns: 500 },
    )
    // Some 430 and 70, give or take 8.
    expect(enough).toBeGreaterThan(10)
    expect(tooFew).toBeGreaterThan(10)
  })

  it('takes the words that it needs and no more: as many suffice, one less does not', () => {
    fc.assert(
      fc.property(arbitrary, (device) => {
        for (const kernels of [plainKernels, simd]) {
          const drawn = drawnBy(kernels, device)
          if (!drawn) continue
          const cut = (length: number) => ({ ...device, words: device.words.subarray(0, length) })
          expect(drawnBy(kernels, cut(drawn.taken))).toEqual(drawn)
          if (drawn.taken > 0) expect(drawnBy(kernels, cut(drawn.taken - 1))).toBeUndefined()
        }
      }),
    )
  })

  it('writes nothing beyond the rows that there may be', () => {
    for (const kernels of [plainKernels, simd]) {
      kernels.lending(() => {
        const list = kernels.integers(7).fill(77)
        const rows = kernels.firstOf(list, 6)
        rows.set([4, 2])
        const drawn = kernels.drawGroups({
          ...{
            rows,
            touched: 2,
            positives: 2,
            barred: new Int32Array(0),
            size: 6,
            negatives: 4,
            mixed: false,
          },
          words: Uint32Array.from({ length: 99 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
          samples: kernels.integers(10),
        })
        expect(drawn?.touched).toBe(6)
        expect([...list]).toEqual([...rows, 77])
      })
    }
  })

  it('mixes samples into any order, and touches the same rows as without', () => {
    const device = {
      ...{ size: 400, positives: [5, 7, 9, 11, 300], barred: Int32Array.of(1), before: [], negatives: 4 },
      words: Uint32Array.from({ length: 99 }, (_, i) => Math.imul(i + 1, 0x9e3779b1)),
    }
    const apart = drawnBy(simd, { ...device, mixed: false })!
    const mixed = drawnBy(simd, { ...device, mixed: true })!
    expect(mixed.rows).toEqual(apart.rows)
    expect(mixed.samples).not.toEqual(apart.samples)
    expect(mixed.samples.toSorted()).toEqual(apart.samples.toSorted())
    expect(mixed.taken - apart.taken).toBe(24)
  })
})
