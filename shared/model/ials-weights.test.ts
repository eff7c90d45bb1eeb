import { describe, expect, it } from 'vitest'
import { dot } from '../kernels/index.js'
import { SeededRandom } from '../random/index.js'
import { ials } from './ials.js'

const [items, k, alpha, lambda, nu] = [12, 3, 0.3, 0.05, 0.7]
const model = ials.create({
  items,
  population: 10,
  share: 1,
  settings: { factors: k, alpha, regularisation: lambda, nu, deviation: 1 },
})
const { model: tensors } = model.init(new SeededRandom({ seed: 3, purpose: 'initialise' }))
const table = tensors.itemFactors!.values as Float32Array
const random = new SeededRandom({ seed: 1, purpose: 'training' })
const history = Int32Array.of(7, 2, 11, 4)
const weights = Float32Array.of(0.25, 1, 0.5, 0.125)
const everything = { from: 0, to: items }

/** The loss of one device in its factor w, Rendle et al. 2021 eq. 3 with v_ui on the squared errors. */
function loss(w: Float64Array): number {
  const size = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = lambda * (size + alpha * items) ** nu * w.reduce((squares, value) => squares + value * value, 0)
  for (let item = 0; item < items; item++) sum += alpha * dot(w, table, item * k, k) ** 2
  history.forEach((item, n) => {
    sum += weights[n]! * (dot(w, table, item * k, k) - 1) ** 2
  })
  return sum
}

describe('events that weigh differently', () => {
  const w = model.factor!(tensors, history, { weights })

  it('give the factor at which the weighted loss is least', () => {
    for (let c = 0; c < k; c++) {
      const along = (step: number) => loss(w.map((value, i) => (i === c ? value + step : value)))
      expect((along(1e-5) - along(-1e-5)) / 2e-5).toBeCloseTo(0, 6)
      expect(along(1e-2)).toBeGreaterThan(loss(w))
    }
  })

  it('report their weight as their count, and as much of the gradient', () => {
    const update = model.train(tensors, history, everything, random, { weights })
    expect([...update.itemCount!.values]).toEqual([...weights])
    history.forEach((item, n) => {
      const error = dot(w, table, item * k, k) - 1
      for (let c = 0; c < k; c++) {
        expect(update.itemGradient!.values[n * k + c]).toBeCloseTo(weights[n]! * error * w[c]!, 7)
      }
    })
    const sum = weights.reduce((total, weight) => total + weight, 0)
    update.weightedUserGram!.values.forEach((value, p) => {
      expect(value).toBeCloseTo(sum * update.userGram!.values[p]!, 12)
    })
  })

  it('leave out what the block does not cover, weights included', () => {
    const update = model.train(tensors, history, { from: 4, to: 8 }, random, { weights })
    expect([...update.itemCount!.rows!]).toEqual([3, 0])
    expect([...update.itemCount!.values]).toEqual([0.25, 0.125])
  })

  it('that all weigh 1 are what they are without weights', () => {
    const ones = { weights: new Float32Array(history.length).fill(1) }
    const plain = model.factor!(tensors, history)
    model.factor!(tensors, history, ones).forEach((value, c) => {
      expect(value).toBeCloseTo(plain[c]!, 12)
    })
    const candidates = Int32Array.of(0, 5, 9)
    expect([...model.score(tensors, history, candidates, { weights })]).not.toEqual([
      ...model.score(tensors, history, candidates, ones),
    ])
  })
})
