import fc from 'fast-check'

/** Carry-less multiplication bit by bit, then reduction bit by bit: by the definition of the field, without tables. */
export function slowMultiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0; bit < 16; bit++) if ((b >> bit) & 1) product ^= a << bit
  for (let bit = 30; bit >= 16; bit--) if ((product >> bit) & 1) product ^= 0x1100b << (bit - 16)
  return product
}

/** a^exponent by squaring. */
export function slowPower(a: number, exponent: number): number {
  if (exponent === 0) return 1
  const root = slowPower(a, exponent >> 1)
  const square = slowMultiply(root, root)
  return exponent & 1 ? slowMultiply(square, a) : square
}

/** a^(2^16 - 2), by Fermat. */
export function slowInverse(a: number): number {
  return slowPower(a, 65_534)
}

/** Shares by their definition: coefficients are lists of words, that of 1 first. */
export function slowSplit(coefficients: readonly (readonly number[])[], x: number): number[] {
  return coefficients[0]!.map((_, word) =>
    coefficients.reduce((sum, words, degree) => sum ^ slowMultiply(words[word]!, slowPower(x, degree)), 0),
  )
}

/** Lagrange's formula at `at`, of one word. */
export function slowInterpolate(points: readonly (readonly [x: number, y: number])[], at: number): number {
  return points.reduce((sum, [x, y]) => {
    const others = points.filter(([other]) => other !== x)
    const numerator = others.reduce((product, [other]) => slowMultiply(product, at ^ other), 1)
    const denominator = others.reduce((product, [other]) => slowMultiply(product, x ^ other), 1)
    return sum ^ slowMultiply(y, slowMultiply(numerator, slowInverse(denominator)))
  }, 0)
}

export function toBytes(words: readonly number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(words.flatMap((word) => [word >> 8, word & 255]))
}

export function toWords(bytes: Uint8Array): number[] {
  return Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! * 256 + bytes[2 * i + 1]!)
}

export const element = fc.integer({ min: 0, max: 65_535 })
export const unit = fc.integer({ min: 1, max: 65_535 })

/** Distinct x, small ones among them. */
export function places(constraints: { minLength: number; maxLength: number }): fc.Arbitrary<number[]> {
  return fc.uniqueArray(fc.oneof(unit, fc.integer({ min: 1, max: 300 })), constraints)
}
