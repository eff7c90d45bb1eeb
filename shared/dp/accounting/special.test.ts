import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundary,
  expm1,
  log1p,
  logAdd,
  logExpm1,
  logNormalCdf,
  millsRatio,
  normalCdf,
  normalMass,
} from './special.js'

function near(actual: number, expected: number, relative = 1e-15): void {
  expect(Math.abs(actual / expected - 1), `${actual} for ${expected}`).toBeLessThan(relative)
}

describe('the normal distribution', () => {
  // In 50 digits.
  it.each([
    [-38, 2.88542835e-316, -726.5572160188201],
    [-20.25, 1.77619986494957e-91, -208.96076728764925],
    [-20.3, 6.429244467698346e-92, -209.97697152524202],
    [-36.7, 3.651529302803418e-295, -677.9674563663302],
    [-30.9, 5.972288641838264e-210, -481.7557393177158],
    [-25.1, 2.4866601882523463e-139, -319.1483874058886],
    [-8.75, 1.0667637375474858e-18, -41.381902152945095],
    [-3.125, 0.000889025299108432, -7.025384864915545],
    [-1, 0.15865525393145705, -1.8410216450092636],
    [-0.3125, 0.37733028152984294, -0.9746343967382626],
    [0.1875, 0.5743656881558972, -0.5544889981369708],
    [2.5, 0.9937903346742238, -0.006229025485860002],
  ])('Phi(%d), and its logarithm', (x, value, logarithm) => {
    // The first is subnormal: doubles have no more places there.
    near(normalCdf(x), value, x === -38 ? 1e-7 : 2e-15)
    near(logNormalCdf(x), logarithm, 1e-15)
  })

  it('has a logarithm where it has no value', () => {
    expect(normalCdf(-100)).toBe(0)
    near(logNormalCdf(-100), -5005.524208694205)
  })

  it('is symmetric, and its masses between points add up', () => {
    const place = fc.double({ min: -9, max: 9, noNaN: true })
    fc.assert(
      fc.property(place, place, place, (...points) => {
        const [a, b, c] = points.sort((x, y) => x - y) as [number, number, number]
        expect(normalCdf(a) + normalCdf(-a)).toBeCloseTo(1, 15)
        expect(normalMass(a, b) + normalMass(b, c)).toBeCloseTo(normalMass(a, c), 15)
        expect(normalMass(a, c)).toBeGreaterThanOrEqual(0)
      }),
    )
    near(normalMass(20.25, 40), 1.77619986494957e-91, 2e-15)
  })

  it("has Mills's ratio between its bounds", () => {
    near(millsRatio(0), Math.sqrt(Math.PI / 2))
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (x) => {
        expect(millsRatio(x)).toBeGreaterThanOrEqual((2 / (x + Math.sqrt(x * x + 4))) * (1 - 1e-15))
        expect(millsRatio(x)).toBeLessThanOrEqual((1 / x) * (1 + 1e-15))
      }),
    )
  })
})

describe('expm1 and log1p', () => {
  const size = fc.double({ min: -300, max: 3, noNaN: true })
  it("are within a few last places of the platform's", () => {
    fc.assert(
      fc.property(size, fc.boolean(), (power, negative) => {
        const x = (negative ? -1 : 1) * 10 ** power
        near(expm1(Math.min(x, 700)), Math.expm1(Math.min(x, 700)), 1e-14)
        if (x > -1) near(log1p(x), Math.log1p(x), 2e-15)
      }),
    )
  })

  it('answer at the ends', () => {
    expect([expm1(0), log1p(0), expm1(-1000), expm1(1000), log1p(-1)]).toEqual([
      0,
      0,
      -1,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ])
  })
})

it('logAdd and logExpm1 are sums and differences of exponentials', () => {
  near(logAdd(1000, 1000), 1000 + Math.LN2)
  near(logAdd(-1e-3, -80), -1e-3)
  expect(logAdd(Number.NEGATIVE_INFINITY, 3)).toBe(3)
  expect(logAdd(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY)
  near(logExpm1(1e-10), Math.log(1e-10) + 5e-11)
  near(logExpm1(41), 41 + Math.log1p(-Math.exp(-41)))
  expect(logExpm1(2000)).toBe(2000)
})

it('boundary ends on the side where the condition holds', () => {
  const found = boundary((x) => x * x >= 2, 2, 1)
  expect(found * found).toBeGreaterThanOrEqual(2)
  expect(found).toBeLessThan(Math.SQRT2 + 1e-15)
})
