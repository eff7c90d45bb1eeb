import { describe, expect, it } from 'vitest'
import { bytesToHex, digest, hexToBytes } from '../../bytes/index.js'
import { ATTEMPT_BITS, chainCommitment, chainHolds, chainValue, MAX_ATTEMPTS } from './chain.js'

const secretOf = (i: number) => digest('test/secret', i)
const attempts = Array.from({ length: MAX_ATTEMPTS }, (_, i) => i + 1)
const link = (value: Uint8Array) => digest('tacit/chain/1', value)

describe('the chain of a secret', () => {
  // By another implementation, in Python.
  it('has known values', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
    expect(bytesToHex(chainValue(secret, 64))).toBe(bytesToHex(secret))
    expect(bytesToHex(chainValue(secret, 63))).toBe(
      'f4318c24460a6432ca771f14033f9c60df779c3430e3b1c543f36be91b8b4a1f',
    )
    expect(bytesToHex(chainValue(secret, 1))).toBe(
      'fd4574a20b24fe7aaae074448f90d1492093944a94bec6d287f46d1c9ad0eb4e',
    )
    expect(bytesToHex(chainCommitment(secret))).toBe(
      '626e825d42ade7238e776721cfca1bfa7c6b6ae3ee18b63f8a5f396b227d2c2b',
    )
  })

  it('costs as many bits as there are attempts', () => {
    expect(2 ** ATTEMPT_BITS).toBe(MAX_ATTEMPTS)
  })

  it('opens the commitment at every attempt, with the value of that attempt alone', () => {
    const secret = secretOf(1)
    const commitment = chainCommitment(secret)
    for (const attempt of attempts) {
      const value = chainValue(secret, attempt)
      expect(attempts.filter((other) => chainHolds(commitment, value, other))).toEqual([attempt])
      expect(chainHolds(chainCommitment(secretOf(2)), value, attempt)).toBe(false)
      expect(chainHolds(commitment, chainValue(secretOf(2), attempt), attempt)).toBe(false)
    }
  })

  it('goes from a later value to an earlier one, never on from an earlier one to a later one', () => {
    const secret = secretOf(3)
    const values = attempts.map((attempt) => bytesToHex(chainValue(secret, attempt)))
    expect(new Set(values).size).toBe(MAX_ATTEMPTS)
    for (const [i, value] of values.entries()) {
      // What follows from what was revealed: itself and what it hashes to.
      const known = [value]
      while (known.length < 3 * MAX_ATTEMPTS) known.push(bytesToHex(link(hexToBytes(known.at(-1)!))))
      expect(values.filter((other) => known.includes(other))).toEqual(values.slice(0, i + 1))
    }
  })

  it('does not hand out what it was made from', () => {
    const secret = secretOf(4)
    chainValue(secret, MAX_ATTEMPTS).fill(0)
    expect(secret).toEqual(secretOf(4))
  })

  it.each([0, -1, 1.5, MAX_ATTEMPTS + 1, Number.NaN])('knows no attempt %d', (attempt) => {
    const secret = secretOf(5)
    expect(() => chainValue(secret, attempt)).toThrow(RangeError)
    // The commitment itself would pass for the value of attempt 0.
    expect(chainHolds(chainCommitment(secret), chainCommitment(secret), attempt)).toBe(false)
  })

  it.each([0, 31, 33])('takes no secret and no value of %d bytes', (length) => {
    const short = new Uint8Array(length)
    expect(() => chainValue(short, 1)).toThrow(RangeError)
    expect(() => chainCommitment(short)).toThrow(RangeError)
    expect(chainHolds(link(short), short, 1)).toBe(false)
    expect(chainHolds(short, secretOf(6), 1)).toBe(false)
  })
})
