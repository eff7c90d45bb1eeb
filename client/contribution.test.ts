import { createModel, type DeviceContext, type Model } from '@tacit/shared/model'
import { gridOf } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { dequantise, layoutSize, liftSum, readMetrics } from '@tacit/shared/update'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contribute } from './contribution.js'
import { randomOf, sample } from './testing/sample.js'

const { model, tensors, plan } = sample()
const size = layoutSize(plan.layout)

function vectorOf(
  device: number,
  rows: number[],
  heldOut?: number,
  into = new Uint32Array(size),
): Uint32Array {
  const history = Int32Array.from(rows)
  contribute({ model, tensors, history, heldOut, plan, random: randomOf(device), into })
  return into
}

function metricsOf(words: Uint32Array, devices = 1) {
  const sums = dequantise(liftSum(words, 32), plan.layout, gridOf(plan))
  return { sums, metrics: readMetrics(plan.layout, sums, devices) }
}

describe('contribute', () => {
  it('gives the same words for the same arguments', () => {
    expect(vectorOf(1, [3, 5, 7], 9)).toEqual(vectorOf(1, [3, 5, 7], 9))
    expect(vectorOf(1, [3, 5, 7], 9)).not.toEqual(vectorOf(2, [3, 5, 7], 9))
  })

  it('adds many devices into one accumulator to the sum of their vectors, in any order', () => {
    const history = fc.uniqueArray(fc.nat(plan.catalogue.items - 1), { maxLength: 12 })
    fc.assert(
      fc.property(fc.array(history, { minLength: 1, maxLength: 5 }), (histories) => {
        const summed = new Uint32Array(size)
        const accumulated = new Uint32Array(size)
        histories.forEach((rows, device) => {
          vectorOf(device, rows, rows.at(-1)).forEach((word, j) => {
            summed[j]! += word
          })
        })
        histories.forEach((_, i) => {
          const device = histories.length - 1 - i
          vectorOf(device, histories[device]!, histories[device]!.at(-1), accumulated)
        })
        expect(accumulated).toEqual(summed)
      }),
      { numRuns: 25 },
    )
  })

  it('leaves the held-out row out of training, wherever the history has it', () => {
    expect(vectorOf(1, [3, 9, 5, 7], 9)).toEqual(vectorOf(1, [3, 5, 7], 9))
    const { sums } = metricsOf(vectorOf(1, [3, 9, 5, 7], 9))
    expect(sums.itemCount![9]).toBe(0)
    expect(sums.itemCount![5]).toBeCloseTo(1, 3)
  })

  it('evaluates on the held-out row only when there is one and something to fold in', () => {
    expect(metricsOf(vectorOf(1, [3, 5], 9)).metrics.evaluated).toBe(1)
    expect(metricsOf(vectorOf(1, [3, 5])).metrics.evaluated).toBe(0)
    expect(metricsOf(vectorOf(1, [9], 9)).metrics.evaluated).toBe(0)
    expect(metricsOf(vectorOf(1, [])).metrics.evaluated).toBe(0)
  })

  it('says in the metrics which segments were clipped', () => {
    const layout = plan.layout.map((segment) =>
      segment.name === 'itemCount' ? { ...segment, clip: 0.5 } : segment,
    )
    const into = new Uint32Array(size)
    contribute({
      model,
      tensors,
      history: Int32Array.of(1, 2),
      plan: { ...plan, layout },
      random: randomOf(1),
      into,
    })
    const { metrics } = metricsOf(into)
    expect(metrics.clippedShare.itemCount).toBeCloseTo(1, 3)
    expect(metrics.clippedShare.userGram).toBe(0)
  })

  it('ranks among 99 distinct negatives that the device does not know', () => {
    const items = 150
    const seen: Int32Array[] = []
    const spy = spyOn(items, (candidates) => {
      seen.push(candidates.slice())
      return Float64Array.from(candidates, (row) => (row === 7 ? 1 : 0))
    })
    const history = Int32Array.of(1, 2, 3)
    const into = new Uint32Array(layoutSize(spy.plan.layout))
    contribute({ ...spy, tensors: {}, history, heldOut: 7, random: randomOf(1), into })
    const [candidates] = seen
    expect(candidates).toHaveLength(100)
    expect(new Set(candidates).size).toBe(100)
    expect(candidates![0]).toBe(7)
    for (const known of history) expect(candidates).not.toContain(known)
    const sums = dequantise(liftSum(into, 32), spy.plan.layout, gridOf(spy.plan))
    expect(readMetrics(spy.plan.layout, sums, 1)['hr@10']).toBeCloseTo(1, 3)
  })

  it('takes every other item as a negative where there are fewer than 99, and counts ties against it', () => {
    const seen: Int32Array[] = []
    const spy = spyOn(24, (candidates) => {
      seen.push(candidates.slice())
      return new Float64Array(candidates.length)
    })
    const into = new Uint32Array(layoutSize(spy.plan.layout))
    contribute({ ...spy, tensors: {}, history: Int32Array.of(1), heldOut: 7, random: randomOf(1), into })
    expect(seen[0]).toHaveLength(23)
    const sums = dequantise(liftSum(into, 32), spy.plan.layout, gridOf(spy.plan))
    expect(readMetrics(spy.plan.layout, sums, 1)['hr@10']).toBe(0)
  })

  it('ranks among the candidates it is given, and draws none', () => {
    const seen: Int32Array[] = []
    const spy = spyOn(24, (candidates) => {
      seen.push(candidates.slice())
      return Float64Array.from(candidates, (row) => (row === 7 ? 1 : 0))
    })
    const into = new Uint32Array(layoutSize(spy.plan.layout))
    const candidates = Int32Array.of(9, 4, 20)
    const random = { ...randomOf(1), negatives: undefined as never }
    contribute({ ...spy, tensors: {}, history: Int32Array.of(1), heldOut: 7, candidates, random, into })
    expect(seen).toEqual([Int32Array.of(7, 9, 4, 20)])
  })

  it('evaluates with the personal state that it had when the model was sent', () => {
    const spy = spyOn(24, () => new Float64Array(1))
    const personal = Float32Array.of(1)
    const seen: (number | undefined)[] = []
    const model: Model = {
      ...spy.model,
      train: (tensors, history, block, random, context) => {
        context!.personal![0] = 2
        return spy.model.train(tensors, history, block, random)
      },
      score: (_tensors, _history, candidates, context) => {
        seen.push(context?.personal?.[0])
        return new Float64Array(candidates.length)
      },
    }
    const into = new Uint32Array(layoutSize(spy.plan.layout))
    const { plan } = spy
    const history = Int32Array.of(1)
    contribute({
      model,
      plan,
      tensors: {},
      history,
      heldOut: 7,
      context: { personal },
      random: randomOf(1),
      into,
    })
    expect([seen, [...personal]]).toEqual([[1], [2]])
  })

  /** What comes of a training that answers, or throws, something else than the model's own would. */
  function failing(change: Partial<Model>, context?: DeviceContext) {
    const { model: honest } = spyOn(24, () => new Float64Array(1))
    const into = new Uint32Array(size).fill(7)
    const history = Int32Array.of(1, 2)
    const model = { ...honest, ...change }
    const contributed = contribute({
      model,
      tensors,
      history,
      heldOut: 3,
      plan,
      random: randomOf(1),
      into,
      ...(context && { context }),
    })
    return { contributed, into }
  }
  const failed = { failed: expect.objectContaining({ code: 'TACIT_TRAINING_FAILED' }) }
  const ones = (length: number) => new Float64Array(length).fill(1)
  const throwing = () => {
    throw new RangeError('out of memory')
  }

  it.each<[string, Partial<Model>]>([
    ['gives what is not a number', { train: () => ({ itemCount: { values: ones(24).fill(Number.NaN) } }) }],
    ['gives infinity', { train: () => ({ itemCount: { values: ones(24).fill(Infinity) } }) }],
    [
      'gives a good segment, then a bad one',
      { train: () => ({ itemCount: { values: ones(24) }, userGram: { values: ones(10).fill(Number.NaN) } }) },
    ],
    ['gives too few values', { train: () => ({ itemCount: { values: ones(23) } }) }],
    ['gives too many values', { train: () => ({ weightedUserGram: { values: ones(11) } }) }],
    [
      'gives a row beyond the last',
      { train: () => ({ itemCount: { rows: Int32Array.of(24), values: ones(1) } }) },
    ],
    [
      'gives a row before the first',
      { train: () => ({ itemCount: { rows: Int32Array.of(-1), values: ones(1) } }) },
    ],
    ['throws', { train: throwing }],
    ['cannot be evaluated', { score: throwing }],
  ])('adds nothing when training %s, and says so to its caller alone', (_, change) => {
    const { contributed, into } = failing(change)
    expect(contributed).toEqual(failed)
    expect(into).toEqual(new Uint32Array(size).fill(7))
  })

  it('leaves its state what it was where training fails half way', () => {
    const [personal, trained] = [Float32Array.of(1, 2), Float32Array.of(8, 9)]
    const train: Model['train'] = (_tensors, _history, _block, _random, context) => {
      context!.trained![0] = 3
      return throwing()
    }
    expect(failing({ train }, { personal, trained }).contributed).toEqual(failed)
    expect([[...personal], [...trained]]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  it('takes a score that is not a number for a last rank', () => {
    const { contributed, into } = failing({
      train: () => ({}),
      score: (_tensors, _history, candidates) => new Float64Array(candidates.length).fill(Number.NaN),
    })
    expect(contributed).toEqual({})
    const { metrics } = metricsOf(into.map((word) => word - 7))
    expect([metrics.evaluated, metrics['hr@10']]).toEqual([1, 0])
  })

  it('refuses tensors that are not finite before it looks at the history', () => {
    const itemFactors = { ...tensors.itemFactors!, values: new Float32Array(24 * 4).fill(Number.NaN, 0, 4) }
    const into = new Uint32Array(size)
    const history = Int32Array.of(7)
    const spoilt = { ...tensors, itemFactors }
    expect(() => contribute({ model, tensors: spoilt, history, plan, random: randomOf(1), into })).toThrow(
      expect.objectContaining({ code: 'TACIT_MODEL_INVALID' }),
    )
  })

  it('refuses an accumulator of another size', () => {
    expect(() => vectorOf(1, [1], undefined, new Uint32Array(size - 1))).toThrow('coordinates')
  })

  it('takes draws from the secure source as well', () => {
    const secure = new SecureRandom()
    const into = new Uint32Array(size)
    const random = { rounding: secure, negatives: secure, training: secure, noise: secure }
    contribute({ model, tensors, history: Int32Array.of(1, 2, 3), heldOut: 4, plan, random, into })
    expect(metricsOf(into).metrics.evaluated).toBe(1)
  })
})

function spyOn(items: number, score: (candidates: Int32Array) => Float64Array) {
  const real = createModel('popularity', { items, population: 1, share: 1, settings: {} })
  const block = { from: 0, to: items }
  const model: Model = {
    name: real.name,
    settings: real.settings,
    deviceSettings: real.deviceSettings,
    shapes: {},
    init: (random) => real.init(random),
    layout: (over) => real.layout(over),
    train: (...all) => real.train(...all),
    apply: (...all) => real.apply(...all),
    score: (_tensors, _history, candidates) => score(candidates),
  }
  const metrics = plan.layout.at(-1)!
  const layout = [
    ...real.layout(block).map((segment) => ({ ...segment, shape: [...segment.shape] })),
    { ...metrics, shape: [4], clip: 2 },
  ]
  return { model, plan: { ...plan, block, layout, catalogue: { ...plan.catalogue, items } } }
}
