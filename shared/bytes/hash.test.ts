import { createHash } from 'node:crypto'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hashJson, sha256Hex, useSha256 } from './hash.js'
import { utf8ToBytes } from './hex.js'

describe('sha256Hex', () => {
  // NIST's example values for FIPS 180-4, and its long message of a million letters.
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ])('agrees with the published value', (text, digest) => {
    expect(sha256Hex(utf8ToBytes(text))).toBe(digest)
  })

  it("agrees with the platform's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sha256Hex(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
      }),
    )
  })
})

it("uses the platform's own where it is told to", () => {
  try {
    useSha256((bytes) => createHash('sha256').update(bytes).update('x').digest())
    expect(sha256Hex(utf8ToBytes('a'))).toBe(createHash('sha256').update('ax').digest('hex'))
  } finally {
    useSha256(sha256)
  }
})

describe('hashJson', () => {
  it('is the hash of the canonical text, as UTF-8', () => {
    expect(hashJson({ b: 'é', a: 1 })).toBe(sha256Hex(utf8ToBytes('{"a":1,"b":"é"}')))
    expect(hashJson([])).toBe('4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945')
  })
})
