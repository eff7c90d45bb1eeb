import { multiply } from './field.js'
import { Multiples } from './multiples.js'
import { checkLength, checkPlaces } from './share.js'

/**
 * Shares of a secret of which any `threshold` give it back and fewer say nothing about it (Shamir, "How to share a
 * secret", Communications of the ACM 22(11), 1979). Every 16-bit word is shared by a polynomial of its own over
 * GF(2^16); a field of bytes would end at 255 shares.
 *
 * @param secret a positive, even number of bytes, read as big-endian 16-bit words
 * @param threshold in [1, xs.length]
 * @param xs where the polynomials are evaluated: distinct, in [1, 65535]
 * @param randomBytes uniform bytes, in arrays which this overwrites; asked threshold - 1 times for as many as the
 *   secret has, the coefficients of x first, then those of x^2 and so on
 * @returns one share for each x, in their order, as long as the secret
 * @throws RangeError for arguments out of these ranges, and for a source that hands out another number of bytes
 */
export function split(
  secret: Uint8Array,
  threshold: number,
  xs: readonly number[],
  randomBytes: (length: number) => Uint8Array,
): Uint8Array<ArrayBuffer>[] {
  checkLength(secret)
  checkPlaces(xs, threshold)
  const lanes = Math.ceil(secret.length / 4)
  const sums = new Int32Array(xs.length * lanes)
  const multiples = new Multiples(lanes)
  try {
    const powers = new Uint16Array(xs.length).fill(1)
    const addTerm = (coefficients: Uint8Array) => {
      multiples.load(coefficients)
      for (let i = 0; i < xs.length; i++) {
        multiples.addTo(sums, i * lanes, powers[i]!)
        powers[i] = multiply(powers[i]!, xs[i]!)
      }
    }
    addTerm(secret)
    for (let degree = 1; degree < threshold; degree++) {
      const coefficients = randomBytes(secret.length)
      if (coefficients.length !== secret.length) throw new RangeError('the source answered another length')
      addTerm(coefficients)
      coefficients.fill(0)
    }
    return xs.map((_, i) => bytesOfLanes(sums.subarray(i * lanes, (i + 1) * lanes), secret.length))
  } finally {
    multiples.wipe()
    sums.fill(0)
  }
}

function bytesOfLanes(lanes: Int32Array, length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = lanes[i >> 2]! >> (24 - 8 * (i & 3))
  return bytes
}
