import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exp, log, pow } from './math.js'

const view = new DataView(new ArrayBuffer(8))

function bitsOf(x: number): bigint {
  view.setFloat64(0, x)
  return view.getBigUint64(0)
}

/** Numbers between two doubles of the same sign, plus one. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b)) return 0
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY
  const ordered = (x: number) => (x < 0 ? -(bitsOf(x) & 0x7fffffffffffffffn) : bitsOf(x))
  const distance = ordered(a) - ordered(b)
  return Number(distance < 0n ? -distance : distance)
}

function near(own: number, platform: number): void {
  expect(ulps(own, platform)).toBeLessThanOrEqual(2)
}
const runs = { numRuns: 2000 }

describe('exp', () => {
  it("is within 2 units in the last place of the platform's", () => {
    fc.assert(
      fc.property(fc.double({ min: -746, max: 710, noNaN: true }), (x) => near(exp(x), Math.exp(x))),
      runs,
    )
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (x) => near(exp(x), Math.exp(x))),
      runs,
    )
  })

  const special = [0, -0, 1, -1, 1e-300, -1e-300, 5e-324, 0.5, 700, 709.782712893384, 709.7827128933841]
  const ends = [-708.4, -744.4400719213812, -745.1332191019411, -745.1332191019412, -746, 1e300, -1e300]
  it.each([...special, ...ends, Math.LN2, -Math.LN2, Math.LN2 / 2])('agrees at %d', (x) => {
    near(exp(x), Math.exp(x))
  })

  it('answers the ends of the line and what is not a number', () => {
    expect(exp(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    expect(exp(Number.NEGATIVE_INFINITY)).toBe(0)
    expect(exp(Number.NaN)).toBeNaN()
  })
})

describe('log', () => {
  it("is within 2 units in the last place of the platform's", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true }), (x) => near(log(x), Math.log(x))),
      runs,
    )
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => near(log(x), Math.log(x))),
      runs,
    )
  })

  const tiny = [5e-324, 1e-310, 2 ** -1022, 2 ** -1021]
  const nearOne = [1 - 2 ** -53, 1, 1 + 2 ** -52, Math.SQRT1_2, Math.SQRT2]
  it.each([...tiny, ...nearOne, 2, 10, 2 ** 512, 2 ** 1023, Number.MAX_VALUE])('agrees at %d', (x) => {
    near(log(x), Math.log(x))
  })

  it('is exact at powers of two, as far as a double is', () => {
    for (let k = -1074; k <= 1023; k++) near(log(2 ** k), Math.log(2 ** k))
    expect(log(2)).toBe(Math.LN2)
  })

  it('answers the ends of the line and what is not a number', () => {
    expect(log(0)).toBe(Number.NEGATIVE_INFINITY)
    expect(log(-0)).toBe(Number.NEGATIVE_INFINITY)
    expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
    for (const x of [-1, -5e-324, Number.NEGATIVE_INFINITY, Number.NaN]) expect(log(x)).toBeNaN()
  })
})

describe('pow', () => {
  it("is within 1e-13 of the platform's while |y log x| < 20", () => {
    const base = fc.double({ min: 1e-12, max: 1e12, noNaN: true })
    fc.assert(
      fc.property(base, fc.double({ min: -5, max: 5, noNaN: true }), (x, y) => {
        fc.pre(Math.abs(y * Math.log(x)) < 20)
        expect(Math.abs(pow(x, y) / x ** y - 1)).toBeLessThan(1e-13)
      }),
      runs,
    )
  })

  it('answers as the platform does at zeros, infinities and what is not a number', () => {
    const ends = [0, 1, 2, 0.5, Number.POSITIVE_INFINITY, Number.NaN]
    for (const x of ends) {
      for (const y of [...ends, -1, -0.5, Number.NEGATIVE_INFINITY]) {
        const platform = x ** y
        if (Number.isNaN(platform)) expect(pow(x, y), `pow(${x}, ${y})`).toBeNaN()
        else expect(pow(x, y), `pow(${x}, ${y})`).toBeCloseTo(platform, 12)
      }
    }
    expect(pow(-2, 0.5)).toBeNaN()
  })
})

/** Another platform, or another order of operations, would show here before it shows in a model's hash. */
describe('bit for bit', () => {
  it.each<[string, number, bigint]>([
    ['exp(1)', exp(1), 0x4005bf0a8b14576an],
    ['exp(-0.37)', exp(-0.37), 0x3fe61a7ee209faffn],
    ['exp(12.3456789)', exp(12.3456789), 0x410c12618e7a3c20n],
    ['exp(-700.1)', exp(-700.1), 0xcf52f93df4dfcfn],
    ['exp(-740)', exp(-740), 0x55n],
    ['log(3)', log(3), 0x3ff193ea7aad030an],
    ['log(0.1)', log(0.1), 0xc0026bb1bbb55515n],
    ['log(1.0000001)', log(1.0000001), 0x3e7ad7f2847b6492n],
    ['log(1e-310)', log(1e-310), 0xc0864e69394d9508n],
    ['log(6.02214076e23)', log(6.02214076e23), 0x404b60a08fb35901n],
    ['pow(356.4, 0.9)', pow(356.4, 0.9), 0x4068c1261731d300n],
    ['pow(1682, -0.5)', pow(1682, -0.5), 0x3f98f7daecafb4bdn],
    ['pow(0.003, 0.25)', pow(0.003, 0.25), 0x3fcdf4d99fe3603cn],
  ])('%s', (_, value, bits) => {
    expect(bitsOf(value).toString(16)).toBe(bits.toString(16))
  })
})
