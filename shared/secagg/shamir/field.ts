/**
 * GF(2^16): polynomials over GF(2) modulo x^16 + x^12 + x^3 + x + 1, which is primitive, so that every element but 0
 * is a power of x. An element is an integer in [0, 65535] whose bit i is the coefficient of x^i. Addition, which is
 * subtraction too, is `^`.
 *
 * The tables are indexed by the operands: a cache that others share may tell what they were. Nothing secret to this
 * side is multiplied here; see ./multiples.ts.
 */
export const MODULUS = 0x1100b

/** How many elements there are besides 0. */
export const UNITS = 65_535

interface Tables {
  /** The powers of x, twice over, so that a sum of two logarithms needs no reduction. */
  readonly exp: Uint16Array
  /** The entry of 0 means nothing. */
  readonly log: Uint16Array
}

let built: Tables | undefined

function tables(): Tables {
  built ??= build()
  return built
}

function build(): Tables {
  const exp = new Uint16Array(2 * UNITS)
  const log = new Uint16Array(UNITS + 1)
  let power = 1
  for (let i = 0; i < UNITS; i++) {
    exp[i] = power
    exp[i + UNITS] = power
    log[power] = i
    power <<= 1
    if (power > UNITS) power ^= MODULUS
  }
  return { exp, log }
}

export function multiply(a: number, b: number): number {
  if (a === 0 || b === 0) return 0
  const { exp, log } = tables()
  return exp[log[a]! + log[b]!]!
}

/** @throws RangeError for 0 */
export function inverse(a: number): number {
  if (a === 0) throw new RangeError('0 has no inverse')
  const { exp, log } = tables()
  return exp[UNITS - log[a]!]!
}

/** a / b. @throws RangeError when b is 0 */
export function divide(a: number, b: number): number {
  return multiply(a, inverse(b))
}

/** sum += factor * words, element by element; both are equally long. */
export function addMultiple(sum: Uint16Array, factor: number, words: Uint16Array): void {
  if (factor === 0) return
  const { exp, log } = tables()
  const shift = log[factor]!
  for (let i = 0; i < sum.length; i++) {
    const word = words[i]!
    if (word !== 0) sum[i]! ^= exp[shift + log[word]!]!
  }
}

/** sums[k] += factor * ratio^k * words, element by element, for every k; all are equally long. */
export function addPowers(
  sums: readonly Uint16Array[],
  factor: number,
  ratio: number,
  words: Uint16Array,
): void {
  if (factor === 0 || ratio === 0) throw new RangeError('0 has no logarithm')
  const { exp, log } = tables()
  const logs = words.map((word) => log[word]!)
  const step = log[ratio]!
  let shift = log[factor]!
  for (const sum of sums) {
    for (let i = 0; i < words.length; i++) if (words[i] !== 0) sum[i]! ^= exp[shift + logs[i]!]!
    shift += step
    if (shift >= UNITS) shift -= UNITS
  }
}
