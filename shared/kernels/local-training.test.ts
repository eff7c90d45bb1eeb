import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Kernels } from './kernels.js'
import type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'
import { exp, log } from './math.js'
import { plainKernels } from './plain.js'
import { sigmoid } from './plain-training.js'
import { simdKernels } from './simd.js'
import { isWiped, watchedKernels } from './testing/watched.js'

const twins = [plainKernels, simdKernels()!] as const
const ITEMS = 40

const special = fc.constantFrom(-0, 1e-42, 3e38, -3e38, Infinity, -Infinity, NaN)
const hard = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(10_000), special), { minLength: 1, maxLength: 3 }) },
)

/** A training of shape k over a few rows, whole groups of samples, numbers from a seed, some of them hard. */
const arbitraryTraining = fc
  .record({
    k: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(32, 64, 65)),
    positives: fc.integer({ min: 1, max: 9 }),
    negatives: fc.integer({ min: 1, max: 9 }),
    epochs: fc.integer({ min: 0, max: 3 }),
    batch: fc.integer({ min: 1, max: 30 }),
    proximal: fc.constantFrom(0, 0.3),
    rate: fc.constantFrom(0.05, 1, 40),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    hard,
  })
  .map(({ seed, hard, ...shape }) => {
    const { k, positives, negatives, epochs } = shape
    let state = seed
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 31 - 1
    }
    const table = Float32Array.from({ length: ITEMS * k }, next)
    for (const [at, value] of hard) table[at % table.length] = value
    const own = Float32Array.from({ length: k + 1 }, next)
    const count = positives + negatives + 3
    const rows = Int32Array.from({ length: count }, (_, n) => (n * 7 + 3) % ITEMS)
    const epoch: number[] = []
    for (let p = 0; p < positives; p++) {
      epoch.push(p)
      for (let n = 0; n < negatives; n++) epoch.push(positives + ((p + n) % (count - positives)))
    }
    const samples = Int32Array.from({ length: epochs * epoch.length }, (_, s) => epoch[s % epoch.length]!)
    return { ...shape, table, own, rows, samples, epoch: epoch.length }
  })

/** A training that tells of the rows, too. */
type Told<T> = T & { readonly trained: Float32Array }

type Drawn = typeof arbitraryTraining extends fc.Arbitrary<infer T> ? T : never

function outputs({ rows, k }: { rows: Int32Array; k: number }) {
  const size = rows.length * k
  return { trained: new Float32Array(size).fill(7), changes: new Float32Array(size).fill(7) }
}

function scoreTraining(drawn: Drawn): Told<ScoreTraining> {
  const { rate, proximal, ...rest } = drawn
  const itemRate = 3 * rate
  return {
    ...rest,
    ...outputs(drawn),
    own: drawn.own.slice(),
    ownRate: rate,
    itemRate,
    proximal: proximal / itemRate,
  }
}

function pairTraining(drawn: Drawn): Told<PairTraining> {
  return { ...drawn, ...outputs(drawn), own: drawn.own.slice(0, drawn.k), regularisation: 0.01 }
}

/** Bit patterns, with every NaN alike. */
function bits(values: Float64Array | Float32Array): string {
  const canonical = values.map((value) => (Number.isNaN(value) ? Number.NaN : value))
  return Buffer.from(canonical.buffer, canonical.byteOffset, canonical.byteLength).toString('hex')
}

function expectAlike<T extends Told<LocalTraining>>(
  make: () => T,
  train: (twin: Kernels, training: T) => void,
) {
  const [plain, wasm] = twins.map((twin) => {
    const training = make()
    train(twin, training)
    return [training.own, training.trained, training.changes].map(bits)
  })
  expect(wasm).toEqual(plain)
}

describe('the twins agree to the bit on', () => {
  it('trainScores', () => {
    fc.assert(
      fc.property(arbitraryTraining, (drawn) => {
        expectAlike(
          () => scoreTraining(drawn),
          (twin, training) => twin.trainScores(training),
        )
      }),
      { numRuns: 300 },
    )
  })

  it('trainPairs', () => {
    fc.assert(
      fc.property(arbitraryTraining, (drawn) => {
        expectAlike(
          () => pairTraining(drawn),
          (twin, training) => twin.trainPairs(training),
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('a kept table', () => {
  const shape = { k: 5, table: Float32Array.from({ length: ITEMS * 5 }, (_, i) => (i % 11) / 11) }
  const training = (table: Float32Array = shape.table): Told<PairTraining> => {
    const rows = Int32Array.of(39, 0, 7)
    const own = Float32Array.of(0.1, 0.2, -0.3, 0.4, 0.5)
    const samples = Int32Array.of(0, 1, 0, 2)
    const rates = { negatives: 1, rate: 0.1, regularisation: 0, proximal: 0 }
    return { ...shape, ...rates, table, rows, samples, own, ...outputs({ rows, k: 5 }) }
  }

  it('gives what any other gives, before, while and after it is kept', () => {
    const twin = simdKernels()!
    const expected = training()
    plainKernels.trainPairs(expected)
    const other = shape.table.map((x) => x + 1)
    const expectedOfOther = training(other)
    plainKernels.trainPairs(expectedOfOther)
    for (const kept of [undefined, shape.table, other, shape.table, undefined]) {
      twin.keepTable(kept)
      for (let again = 0; again < 2; again++) {
        for (const wanted of [expected, expectedOfOther]) {
          const found = training(wanted.table)
          twin.trainPairs(found)
          expect(found.changes).toEqual(wanted.changes)
          expect(found.trained).toEqual(wanted.trained)
        }
      }
    }
  })
})

it('nothing of a shopper is left in the memory of the WebAssembly twin', () => {
  const { kernels: watched, memory } = watchedKernels()
  fc.assert(
    fc.property(arbitraryTraining, (drawn) => {
      watched.trainScores(scoreTraining(drawn))
      watched.trainPairs(pairTraining(drawn))
      expect(isWiped(memory)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

const lnSigmoid = (x: number) => -log(1 + exp(-x))

/** d loss / d x[i] by differences. */
function slopes(x: Float64Array, loss: (x: Float64Array) => number): number[] {
  const d = 1e-5
  return Array.from(x, (value, i) => (loss(x.with(i, value + d)) - loss(x.with(i, value - d))) / (2 * d))
}

function scalar(x: Float64Array, y: Float64Array): number {
  return x.reduce((sum, value, i) => sum + value * y[i]!, 0)
}

describe.each(twins)('a step of the $name twin goes down the slope of the loss, by differences:', (twin) => {
  const k = 3
  const rows = Int32Array.of(4, 1, 8, 6)
  const table = Float32Array.from({ length: 10 * k }, (_, i) => ((i * 7) % 13) / 13 - 0.5)
  const before = Float64Array.from([...rows].flatMap((row) => [...table.subarray(row * k, (row + 1) * k)]))
  const rowOf = (h: Float64Array, place: number) => h.subarray(place * k, (place + 1) * k)
  const close = (actual: Iterable<number>, expected: Iterable<number>) => {
    const wanted = [...expected]
    for (const [i, value] of [...actual].entries()) expect(value).toBeCloseTo(wanted[i]!, 5)
  }

  it('pairs, regularised, and with FedProx from the second step on', () => {
    const [rate, regularisation, proximal] = [0.1, 0.2, 0.5]
    const own = [0.4, -0.6, 0.9]
    const train = (samples: number[]) => {
      const training: Told<PairTraining> = {
        ...{ k, table, rows, negatives: 2, rate, regularisation, proximal },
        ...{ samples: Int32Array.from(samples), own: Float32Array.from(own), ...outputs({ rows, k }) },
      }
      twin.trainPairs(training)
      return training
    }
    const lossOf = (group: readonly number[]) => (x: Float64Array) => {
      const w = x.subarray(0, k)
      const h = x.subarray(k)
      const [p, ...negatives] = group.map((place) => rowOf(h, place))
      const squares = [w, p!, ...negatives].reduce((sum, y) => sum + scalar(y, y), 0)
      const apart = group.reduce((sum, place) => {
        const d = rowOf(h, place).map((value, c) => value - rowOf(before, place)[c]!)
        return sum + scalar(d, d)
      }, 0)
      const pairs = negatives.reduce((sum, n) => sum - lnSigmoid(scalar(w, p!) - scalar(w, n)), 0)
      return pairs + (regularisation * squares + proximal * apart) / 2
    }
    const walk = (x: Float64Array, group: readonly number[]) => {
      const slope = slopes(x, lossOf(group))
      return x.map((value, i) => value - rate * slope[i]!)
    }
    const first = train([0, 2, 3])
    const once = walk(Float64Array.of(...own, ...before), [0, 2, 3])
    close([...first.own, ...first.trained], once)
    const second = train([0, 2, 3, 1, 3, 2])
    close([...second.own, ...second.trained], walk(once, [1, 3, 2]))
    close(
      second.changes,
      Float32Array.from(second.trained, (value, i) => value - before[i]!),
    )
  })

  it('scores, first the function and then the rows, batch by batch, with FedProx', () => {
    const [ownRate, itemRate, proximal] = [0.5, 2, 0.1]
    const samples = [0, 2, 3, 2, 1]
    const own = [0.4, -0.6, 0.9, 0.2]
    const training: Told<ScoreTraining> = {
      ...{ k, table, rows, positives: 2, epoch: 5, batch: 4, ownRate, itemRate, proximal },
      ...{ samples: Int32Array.from(samples), own: Float32Array.from(own), ...outputs({ rows, k }) },
    }
    twin.trainScores(training)
    let score = Float64Array.from(own)
    let h = before
    for (const batch of [samples.slice(0, 4), samples.slice(4)]) {
      const loss = (score: Float64Array, h: Float64Array) => {
        const sum = batch.reduce((sum, place) => {
          const z = scalar(score.subarray(0, k), rowOf(h, place)) + score[k]!
          return sum - lnSigmoid(place < 2 ? z : -z)
        }, 0)
        const apart = h.map((value, i) => value - before[i]!)
        return sum / batch.length + (proximal * scalar(apart, apart)) / 2
      }
      const rowsNow = h
      const downOwn = slopes(score, (x) => loss(x, rowsNow))
      score = score.map((value, i) => value - ownRate * downOwn[i]!)
      const scoreNow = score
      const downRows = slopes(h, (x) => loss(scoreNow, x))
      h = h.map((value, i) => value - itemRate * downRows[i]!)
    }
    close(training.own, score)
    close(training.trained, h)
  })

  it('scores that are certain have no slope, as in the published code', () => {
    const rows = Int32Array.of(0, 1)
    const training: Told<ScoreTraining> = {
      ...{ k: 1, table: Float32Array.of(60, -60), rows, positives: 1, epoch: 2, batch: 2 },
      ...{ ownRate: 1, itemRate: 1, proximal: 0, samples: Int32Array.of(0, 1) },
      ...{ own: Float32Array.of(-1, 0), ...outputs({ rows, k: 1 }) },
    }
    twin.trainScores(training)
    close(training.own, [-1, 0])
    close(training.changes, [0, 0])
  })
})

it('sigmoid is right to two units of the last place', () => {
  for (let x = -100; x <= 100; x += 0.0137) {
    const right = 1 / (1 + exp(-Math.max(-87, Math.min(87, Math.fround(x)))))
    expect(Math.abs(sigmoid(Math.fround(x)) - right)).toBeLessThan(right * 2.4e-7)
  }
})
