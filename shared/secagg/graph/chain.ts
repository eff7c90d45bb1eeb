import { bytesToHex, digest } from '../../bytes/index.js'

/** How often a round may freeze a roster anew, when one of a committee is lost before it revealed its value. */
export const MAX_ATTEMPTS = 64

/**
 * log2 of the graphs that a coordinator may choose from by "losing" members of its committees: that many bits
 * of privacy are lost to it. Holds for a coordinator that shows all devices the same roster in each attempt; one
 * that does not can choose among more, see `groupParameters`.
 */
export const ATTEMPT_BITS = 6

/**
 * What a device reveals if it is of the committee of an attempt: its secret, hashed MAX_ATTEMPTS - attempt times.
 * The value of an attempt tells those of earlier ones, which are over, and nothing of those of later ones.
 * @param secret 32 random bytes, drawn afresh for each round and used for nothing else
 * @param attempt an integer in [1, MAX_ATTEMPTS]
 * @returns 32 bytes
 * @throws RangeError for another attempt, or a secret of another length
 */
export function chainValue(secret: Uint8Array, attempt: number): Uint8Array {
  if (!isAttempt(attempt)) throw new RangeError(`no attempt ${attempt}`)
  return links(checked(secret), MAX_ATTEMPTS - attempt)
}

/**
 * What a device commits to when it joins, before anything is drawn: its secret, hashed MAX_ATTEMPTS times, 32 bytes.
 * @throws RangeError for a secret of another length than 32 bytes
 */
export function chainCommitment(secret: Uint8Array): Uint8Array {
  return links(checked(secret), MAX_ATTEMPTS)
}

/** Whether a value is the one committed to for an attempt. False, and no error, for whatever is malformed. */
export function chainHolds(commitment: Uint8Array, value: Uint8Array, attempt: number): boolean {
  if (!isAttempt(attempt) || value.length !== 32) return false
  return bytesToHex(links(value, attempt)) === bytesToHex(commitment)
}

function links(from: Uint8Array, count: number): Uint8Array {
  let value: Uint8Array = from.slice()
  for (let i = 0; i < count; i++) value = digest('tacit/chain/1', value)
  return value
}

function isAttempt(attempt: number): boolean {
  return Number.isInteger(attempt) && attempt >= 1 && attempt <= MAX_ATTEMPTS
}

function checked(secret: Uint8Array): Uint8Array {
  if (secret.length !== 32) throw new RangeError(`a secret of ${secret.length} bytes, not 32`)
  return secret
}
