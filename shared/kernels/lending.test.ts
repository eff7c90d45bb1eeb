import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import type { Kernels } from './kernels.js'
import { plainKernels } from './plain.js'
import type { Numbers } from './rounding.js'
import { isWiped, watchedKernels } from './testing/watched.js'

const simd = watchedKernels()
const isInModule = (values: Numbers) => values.buffer === simd.memory.buffer
const wave = (length: number, by: number) => Float64Array.from({ length }, (_, i) => ((i * by) % 17) / 8 - 1)

afterEach(() => {
  expect(isWiped(simd.memory)).toBe(true)
})

/** What a device does with what is lent: draws, factors, gradients, local training, clipping, rounding. */
function update(kernels: Kernels, { k, positives, keep, hold, room, limit }: Device) {
  const table = Float32Array.from(wave(ITEMS * k, 5))
  const into = new Uint32Array(ITEMS * k + 3)
  kernels.keepTable(keep ? table : undefined)
  const release = hold ? kernels.holdSums(into) : () => {}
  const said = kernels.lending(() => {
    const words = kernels.words(200)
    kernels.drawWords(5, 6, Uint32Array.of(k), words.length, words)
    const touched = kernels.integers(ITEMS)
    touched.set(Int32Array.from({ length: positives }, (_, n) => 2 * n))
    const samples = kernels.integers(2 * positives)
    const all = { positives, barred: Int32Array.of(1), size: ITEMS, mixed: false }
    const drawn = kernels.drawGroups({
      ...all,
      rows: touched,
      touched: positives,
      negatives: 1,
      words,
      samples,
    })
    const chosen = kernels.firstOf(touched, drawn!.touched)
    const rows = chosen.length
    const [counts, scores] = [rows, rows].map((length) => kernels.numbers(length))
    const [gradient, changes] = [rows * k, rows * k].map((length) => kernels.singles(length))
    const before = gradient!.slice()
    for (let taken = 0; taken < room; taken++) kernels.numbers(2 ** 14)
    kernels.gradients(table, chosen, wave(k, 3), gradient!)
    kernels.scores(table, chosen, wave(k, 3), scores!)
    counts!.fill(0.7)
    const own = Float32Array.from(wave(k, 7))
    const local = { k, table, rows: chosen, samples, own, changes: changes!, proximal: 0 }
    kernels.trainPairs({ ...local, negatives: 1, rate: 0.3, regularisation: 0.1 })
    const clipped = [gradient!, counts!, changes!].map((values) => kernels.clip(values, 1.5, 0.6))
    for (const [values, width] of [
      [gradient!, k],
      [counts!, 1],
      [changes!, k],
    ] as const) {
      const where = { starts: chosen, each: width, from: 3, width }
      const draws = Uint8Array.from({ length: values.length + width }, (_, i) => (i * 37) & 0xff)
      for (const crossed of [false, true]) {
        for (const source of [{ k0: 5, k1: 6 }, draws]) {
          kernels.addRounded({ values, ...where, scale: 90, limit, crossed }, source, into)
        }
      }
    }
    const values = [gradient!, counts!, scores!, changes!].map((values) => values.slice())
    return {
      words: words.slice(),
      samples: samples.slice(),
      chosen: chosen.slice(),
      before,
      own,
      clipped,
      values,
    }
  })
  release()
  kernels.keepTable(undefined)
  return { ...said, into }
}

const ITEMS = 12

interface Device {
  readonly k: number
  readonly positives: number
  readonly keep: boolean
  readonly hold: boolean
  /** How much more is lent before anything is done: what is too much leaves calls without room. */
  readonly room: number
  /** Of rounding: in 32 bits of singles below 2^15, in the module below 2^24. */
  readonly limit: number
}

it('what is done with numbers that are lent is the same to the bit, with room or without', () => {
  const device = fc.record({
    k: fc.integer({ min: 1, max: 40 }),
    positives: fc.nat(5),
    keep: fc.boolean(),
    hold: fc.boolean(),
    room: fc.constantFrom(0, 0, 1, 7),
    limit: fc.constantFrom(127, 2 ** 15, 2 ** 24),
  })
  fc.assert(
    fc.property(fc.array(device, { minLength: 1, maxLength: 6 }), (devices) => {
      for (const one of devices) expect(update(simd.kernels, one)).toEqual(update(plainKernels, one))
    }),
    { numRuns: 60 },
  )
})

it('lies where it need not be copied, is zeros, and is wiped when the update is said', () => {
  const numbers = [5, 3].map((length) =>
    simd.kernels.lending(() => {
      const lent = simd.kernels.numbers(length)
      expect(lent).toEqual(new Float64Array(length))
      expect(isInModule(lent)).toBe(true)
      return lent.fill(7)
    }),
  )
  for (const lent of numbers) expect(lent.every((value) => value === 0)).toBe(true)
})

it('is never less than nothing, nor more than there is', () => {
  for (const kernels of [simd.kernels, plainKernels]) {
    kernels.lending(() => {
      const below = kernels.numbers(9).fill(1)
      expect(() => kernels.integers(-4)).toThrow(RangeError)
      expect(kernels.firstOf(kernels.integers(3), 7)).toEqual(new Int32Array(3))
      expect(kernels.numbers(5)).toEqual(new Float64Array(5))
      expect(below).toEqual(new Float64Array(9).fill(1))
    })
  }
})

it('is written over as far as it was asked for, and no further', () => {
  const table = Float32Array.from(wave(20, 3))
  const [plain, wasm] = [plainKernels, simd.kernels].map((kernels) =>
    kernels.lending(() => {
      const words = kernels.words(12).fill(7)
      kernels.drawWords(1, 2, Uint32Array.of(0), 3, words)
      const scores = [1, 4].map((length) => kernels.numbers(length).fill(7))
      for (const out of scores) kernels.scores(table, Int32Array.of(0, 4), wave(4, 5), out)
      return [words, ...scores].map((lent) => [...lent])
    }),
  )
  expect(wasm).toEqual(plain)
})

it('is wiped where the update came to nothing, too', () => {
  let lent: Float64Array | undefined
  const fail = () =>
    simd.kernels.lending(() => {
      lent = simd.kernels.numbers(4).fill(1)
      throw new Error('no')
    })
  expect(fail).toThrow('no')
  expect(lent).toEqual(new Float64Array(4))
})

it('is wiped, with all that a call left which failed, and the next call finds zeros', () => {
  const { kernels, memory } = watchedKernels()
  const table = Float32Array.of(1, 2, 3)
  const beyond = Int32Array.of(0, 2 ** 28)
  const w = Float64Array.of(1, 2, 3)
  const scored = (act: <T>(run: () => T) => T) => {
    kernels.keepTable(table)
    expect(() => act(() => kernels.scores(table, beyond, w, new Float64Array(2)))).toThrow(
      WebAssembly.RuntimeError,
    )
    const scores = new Float64Array(1)
    kernels.scores(table, Int32Array.of(0), w, scores)
    expect(scores).toEqual(Float64Array.of(14))
    kernels.keepTable(undefined)
    expect(isWiped(memory)).toBe(true)
  }
  scored((run) => run())
  scored((run) =>
    kernels.lending(() => {
      kernels.numbers(5).fill(1)
      return run()
    }),
  )
})

it('is never moved: what takes more memory than there is does without, and finds it the next time', () => {
  const { kernels, memory } = watchedKernels()
  const table = Float32Array.from(wave(2 ** 19, 3))
  const rows = Int32Array.from({ length: 2 ** 17 }, (_, r) => r)
  const scores = [0, 1].map(() =>
    kernels.lending(() => {
      const lent = kernels.numbers(3).fill(0.5)
      const before = memory.buffer.byteLength
      const scores = new Float64Array(rows.length)
      kernels.scores(table, rows, Float64Array.of(1, 2, 3, 4), scores)
      expect(memory.buffer.byteLength).toBe(before)
      expect(lent).toEqual(Float64Array.of(0.5, 0.5, 0.5))
      return { scores, before }
    }),
  )
  expect(scores[1]!.before).toBeGreaterThan(scores[0]!.before)
  const expected = new Float64Array(rows.length)
  plainKernels.scores(table, rows, Float64Array.of(1, 2, 3, 4), expected)
  for (const { scores: found } of scores) expect(found).toEqual(expected)
})

it('is the caller’s for good outside of an update', () => {
  for (const kernels of [simd.kernels, plainKernels]) {
    const own = kernels.numbers(3).fill(2)
    expect(kernels.lending(() => kernels.numbers(3).length)).toBe(3)
    expect(own).toEqual(Float64Array.of(2, 2, 2))
    expect(isInModule(own)).toBe(false)
  }
})

it('sums are not held, nor a table kept, while numbers lie above them', () => {
  simd.kernels.lending(() => {
    expect(() => simd.kernels.holdSums(new Uint32Array(1))).toThrow()
    const table = Float32Array.of(1, 2)
    simd.kernels.keepTable(table)
    const scores = new Float64Array(1)
    simd.kernels.scores(table, Int32Array.of(1), Float64Array.of(3), scores)
    expect(scores).toEqual(Float64Array.of(6))
    // What runs within an update is part of it.
    expect(simd.kernels.lending(() => simd.kernels.numbers(2))).toEqual(new Float64Array(2))
  })
})

it('is the caller’s no longer once the update is said: memory grows again, and what is left of it is copied', () => {
  const { kernels, memory } = watchedKernels()
  const left = kernels.lending(() => kernels.numbers(5))
  const before = memory.buffer.byteLength
  kernels.clip(new Float64Array(2 ** 19).fill(1), 1, 1)
  expect(memory.buffer.byteLength).toBeGreaterThan(before)
  // It lies where memory was before it grew: nothing is there any more.
  expect(left.length).toBe(0)
  const stale = kernels.lending(() => kernels.numbers(5))
  const sums = new Uint32Array(40)
  const release = kernels.holdSums(sums)
  kernels.addRounded(
    { values: stale, starts: Uint32Array.of(30), width: 5, scale: 1, limit: 9 },
    new Uint8Array(5),
    sums,
  )
  release()
  expect(sums).toEqual(new Uint32Array(40))
  expect(isWiped(memory)).toBe(true)
})
