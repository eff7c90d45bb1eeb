import { UNITS } from './field.js'

/** The value at x of the polynomials whose values at 0 are a secret's words. */
export interface Share {
  /** An integer in [1, 65535]. */
  readonly x: number
  /** As long as the secret: big-endian 16-bit words. */
  readonly share: Uint8Array
}

/** @throws RangeError unless the places are distinct integers in [1, 65535], `threshold` in number or more */
export function checkPlaces(xs: readonly number[], threshold: number): void {
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > xs.length) {
    throw new RangeError(`a threshold of ${threshold} among ${xs.length} shares`)
  }
  for (const x of xs) {
    if (!Number.isInteger(x) || x < 1 || x > UNITS) throw new RangeError(`no share is at x = ${x}`)
  }
  if (new Set(xs).size !== xs.length) throw new RangeError('two shares are at one x')
}

/** @throws RangeError unless there are whole words, and one at least */
export function checkLength(bytes: Uint8Array): void {
  if (bytes.length === 0 || bytes.length % 2 !== 0) throw new RangeError(`${bytes.length} bytes are no words`)
}

/** @throws RangeError as {@link checkPlaces} and {@link checkLength}, or when shares differ in length */
export function checkShares(shares: readonly Share[], threshold: number): void {
  checkPlaces(
    shares.map(({ x }) => x),
    threshold,
  )
  for (const { share } of shares) {
    checkLength(share)
    if (share.length !== shares[0]!.share.length) throw new RangeError('shares differ in length')
  }
}
