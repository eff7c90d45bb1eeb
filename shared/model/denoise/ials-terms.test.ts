import { describe, expect, it } from 'vitest'
import type { Tensor } from '../model.js'
import { denoisedTerms, type ItemTerms } from './ials-terms.js'

const ITEMS = 3
const K = 2
const tensor = (...values: number[]): Tensor => ({
  shape: [values.length],
  values: Float64Array.from(values),
})

/** Sums of one round, in which items have been covered by none before. */
const terms: ItemTerms = {
  gram: Float64Array.of(1, 2, 1),
  weightedGram: Float64Array.of(3, 4, 3),
  gradient: Float64Array.of(1, -1, 0.5, 2, 0, 0),
  weights: Float64Array.of(0.5, 0.5, 0.5),
  shares: Float64Array.of(9, 9, 9),
}

function denoised(
  change: { gradient?: number; grams?: [number, number]; historySize?: number } = {},
): ItemTerms {
  const { gradient = 0, grams = [0, 0], historySize = 1 } = change
  return denoisedTerms(terms, {
    memory: {
      noisedCount: tensor(1, 0.5, -0.5),
      noisedRounds: tensor(2, 2, 2),
      gradientVariance: tensor(gradient, gradient, gradient),
      gramVariance: tensor(...grams),
    },
    table: Float32Array.of(1, 0, 0, 1, 1, 1),
    block: { from: 0, to: ITEMS },
    scalars: Float64Array.of(historySize, 0.5),
    strength: 1,
  })
}

const closeTo = (values: Float64Array, expected: readonly number[]) => {
  expected.forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 12)
  })
}

describe('the terms behind noised ones', () => {
  it('have grams with nothing below their noise: eigenvalues 3 and -1, 7 and -1', () => {
    const { gram, weightedGram } = denoised()
    closeTo(gram, [1.5, 1.5, 1.5])
    closeTo(weightedGram, [3.5, 3.5, 3.5])
    const floored = denoised({ grams: [0.0625, 1] })
    // Deviations of 1/4 and 1, over the weight that the grams have gathered and over |S|.
    closeTo(floored.gram, [1.75, 1.25, 1.75])
    closeTo(floored.weightedGram, [4, 3, 4])
  })

  it('have the plain gram for the weighted one where counts say that nobody knows anything', () => {
    const { gram, weightedGram } = denoised({ historySize: -1 })
    expect(weightedGram).toEqual(gram)
  })

  it('have shares of all rounds, none below 0', () => {
    expect([...denoised().shares]).toEqual([0.5, 0.25, 0])
  })

  it('have the gradients that were measured, where these are not noised', () => {
    closeTo(denoised().gradient, [...terms.gradient])
  })

  it('have gradients of items that all devices know alike, where all else is noise', () => {
    const { gradient, weightedGram, shares } = denoised({ gradient: 1e9 })
    closeTo(weightedGram, [3.5, 3.5, 3.5])
    // b = n C h - g / .5: (1.75 - 2, 1.75 + 2), (.875 - 1, .875 - 4), (0, 0). They add up to (-.375, .625), over .75.
    const direction = [-0.5, 0.625 / 0.75]
    ;[1, 1, 2].forEach((sum, item) => {
      for (let c = 0; c < K; c++) {
        const fitted = shares[item]! * 3.5 * sum
        expect(gradient[item * K + c]).toBeCloseTo((fitted - shares[item]! * direction[c]!) * 0.5, 12)
      }
    })
  })
})
