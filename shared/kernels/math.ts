/**
 * exp, log and pow from additions and multiplications alone. Math's are implementation-defined, so two
 * engines may differ in the last bit, and then in a model's hash. Accuracy: about one unit in the last
 * place for exp and log; pow loses |y log x| units, which the models' uses (|y log x| < 20) can bear.
 * Argument reduction and coefficients: fdlibm (Sun Microsystems 1993), e_exp.c and e_log.c.
 */
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const INVERSE_LN2 = Math.LOG2E

/** e^x. Infinity above 709.78, 0 below -745.13. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x
  if (x > 709.782712893384) return Number.POSITIVE_INFINITY
  if (x < -745.1332191019411) return 0
  const k = Math.round(x * INVERSE_LN2)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c =
    r -
    t *
      (0.16666666666666602 +
        t *
          (-0.0027777777777015593 +
            t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))))
  const y = 1 - (low - (r * c) / (2 - c) - high)
  // Two steps, so that a subnormal result is reached through normal factors.
  const half = k >> 1
  return y * powerOfTwo(half) * powerOfTwo(k - half)
}

/** Natural logarithm. NaN below 0, -Infinity at 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (x === Number.POSITIVE_INFINITY) return x
  // The exponent is read where the number has it, so that m is in [1, 2), and then in [sqrt(1/2), sqrt(2)).
  const isSubnormal = x < 2 ** -1022
  scratch.setFloat64(0, isSubnormal ? x * 2 ** 54 : x)
  const high = scratch.getInt32(0)
  let k = (high >> 20) - (isSubnormal ? 1023 + 54 : 1023)
  scratch.setInt32(0, (high & 0xfffff) | (1023 << 20))
  let m = scratch.getFloat64(0)
  if (m >= Math.SQRT2) {
    m /= 2
    k += 1
  }
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const t1 = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const t2 =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  const halfSquare = 0.5 * f * f
  return k * LN2_HIGH - (halfSquare - (s * (halfSquare + t1 + t2) + k * LN2_LOW) - f)
}

/** x^y for x >= 0. */
export function pow(x: number, y: number): number {
  if (y === 0) return 1
  if (Number.isNaN(y)) return y
  if (x === 0) return y > 0 ? 0 : Number.POSITIVE_INFINITY
  return exp(y * log(x))
}

const scratch = new DataView(new ArrayBuffer(8))

/** 2^k for integers k in [-1022, 1023], exactly. */
function powerOfTwo(k: number): number {
  scratch.setUint32(0, (k + 1023) << 20, false)
  scratch.setUint32(4, 0, false)
  return scratch.getFloat64(0, false)
}
