/** A positive number as a fraction of whole numbers, exactly: the denominator is a power of two. */
export interface Dyadic {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** What a 64-bit float is, exactly. @param value positive and finite */
export function dyadic(value: number): Dyadic {
  let whole = value
  let denominator = 1n
  // Doubling a float is exact, and so is every step here.
  while (!Number.isInteger(whole)) {
    whole *= 2
    denominator *= 2n
  }
  return { numerator: BigInt(whole), denominator }
}

/** Halvings after which the series needs few terms. */
const SMALL_BITS = 8n

/**
 * exp(-numerator / denominator) times 2^bits, to within 2^24 where the exponent is 1,024 at most: halved until it
 * is below 2^-8, then the series, then squared as often.
 */
export function expMinus({ numerator, denominator }: Dyadic, bits: bigint): bigint {
  const one = 1n << bits
  let halvings = 0n
  while (numerator << SMALL_BITS >= denominator << halvings) halvings++
  const x = (numerator << (bits - halvings)) / denominator
  let sum = 0n
  let term = one
  for (let i = 1n; term > 0n; i++) {
    sum += i % 2n === 1n ? term : -term
    term = (term * x) / (i << bits)
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) >> bits
  return sum
}
