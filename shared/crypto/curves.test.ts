import { verify as opensslVerify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, encodeBase64Url, hexToBytes } from '../bytes/index.js'
import { nodeSuite } from './node.js'
import { node, subtle } from './testing/modules.js'
import { suites } from './testing/suites.js'
import { ED25519, LOW_ORDER_U } from './testing/vectors.js'
import { type SubtleLike, webSuite } from './web.js'

const keyInvalid = expect.objectContaining({ code: 'TACIT_KEY_INVALID' })
const wrongLengths = [0, 31, 33, 64].map((length) => new Uint8Array(length).fill(7))
const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const few = { numRuns: 15 }

describe.each(suites)('X25519 of the suite $name', (suite) => {
  const agree = async (secret: string, peer: string) => {
    const own = await suite.agreementKey(hexToBytes(secret))
    return bytesToHex(await own.agree(hexToBytes(peer)))
  }

  // RFC 7748, section 5.2. The second u has its highest bit set.
  it.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ])('agrees with the published vector of %s', async (secret, peer, shared) => {
    expect(await agree(secret, peer)).toBe(shared)
  })

  it('agrees with the published exchange', async () => {
    // RFC 7748, section 6.1.
    const alice = '77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'
    const bob = '5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'
    const alicePublic = '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a'
    const bobPublic = 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f'
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742'
    expect(bytesToHex((await suite.agreementKey(hexToBytes(alice))).publicKey)).toBe(alicePublic)
    expect(bytesToHex((await suite.agreementKey(hexToBytes(bob))).publicKey)).toBe(bobPublic)
    expect(await agree(alice, bobPublic)).toBe(shared)
    expect(await agree(bob, alicePublic)).toBe(shared)
  })

  it.each(LOW_ORDER_U)('refuses the key %s, of low order', async (peer) => {
    const own = await suite.agreementKey(hexToBytes('77'.repeat(32)))
    await expect(own.agree(hexToBytes(peer))).rejects.toEqual(keyInvalid)
  })

  it('refuses keys of other lengths', async () => {
    const own = await suite.agreementKey(new Uint8Array(32).fill(1))
    for (const bytes of wrongLengths) {
      const wrongLength = expect.objectContaining({
        code: 'TACIT_KEY_INVALID',
        message: expect.stringContaining(`${bytes.length} bytes`),
      })
      await expect(suite.agreementKey(bytes)).rejects.toEqual(wrongLength)
      await expect(own.agree(bytes)).rejects.toEqual(wrongLength)
    }
  })
})

describe('a platform that agrees on zeros', () => {
  const careless = [
    nodeSuite({ ...node, diffieHellman: () => new Uint8Array(32) }),
    webSuite(
      new Proxy(subtle, {
        get: (target, method: keyof SubtleLike) =>
          method === 'deriveBits' ? async () => new ArrayBuffer(32) : target[method].bind(target),
      }),
    ),
  ]

  it.each(careless)('is not believed by the suite $name', async (suite) => {
    const own = await suite.agreementKey(new Uint8Array(32).fill(1))
    await expect(own.agree(new Uint8Array(32).fill(9))).rejects.toEqual(keyInvalid)
  })
})

it('X25519 iterated a thousand times gives the published vector', async () => {
  // RFC 7748, section 5.2.
  const [node] = suites
  let k = hexToBytes(`09${'00'.repeat(31)}`)
  let u = k
  for (let i = 0; i < 1000; i++) {
    const result = await (await node!.agreementKey(k)).agree(u)
    u = k
    k = result as Uint8Array<ArrayBuffer>
    if (i === 0) {
      expect(bytesToHex(k)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
    }
  }
  expect(bytesToHex(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51')
})

/** S + L in place of S: the same signature to whoever does not compare S with L. */
function withOrderAdded(signature: Uint8Array): Uint8Array {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const changed = signature.slice()
  let s = BigInt(`0x${bytesToHex(signature.slice(32).reverse())}`) + order
  for (let i = 32; i < 64; i++, s >>= 8n) changed[i] = Number(s & 255n)
  return changed
}

describe.each(suites)('Ed25519 of the suite $name', (suite) => {
  it.each(ED25519)('agrees with the published vector of $publicKey', async (vector) => {
    const message = hexToBytes(vector.message)
    const signing = await suite.signingKey(hexToBytes(vector.seed))
    expect(bytesToHex(signing.publicKey)).toBe(vector.publicKey)
    const signature = await signing.sign(message)
    expect(bytesToHex(signature)).toBe(vector.signature)
    expect(await suite.verify(signing.publicKey, message, signature)).toBe(true)
  })

  it('finds any changed bit', async () => {
    const { publicKey, message, signature } = ED25519[2]
    const parts = [publicKey, message, signature].map(hexToBytes)
    for (const [which, part] of parts.entries()) {
      for (let bit = 0; bit < part.length * 8; bit += 13) {
        const changed = parts.map((bytes) => bytes.slice())
        changed[which]![bit >> 3]! ^= 1 << (bit & 7)
        expect(await suite.verify(changed[0]!, changed[1]!, changed[2]!), `${which}, ${bit}`).toBe(false)
      }
    }
  })

  it('takes no second form of a signature', async () => {
    for (const { publicKey, message, signature } of ED25519) {
      const changed = withOrderAdded(hexToBytes(signature))
      expect(await suite.verify(hexToBytes(publicKey), hexToBytes(message), changed)).toBe(false)
    }
  })

  it('answers false to whatever is malformed', async () => {
    const { publicKey, message, signature } = ED25519[1]
    const [key, text, signed] = [publicKey, message, signature].map(hexToBytes) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    for (const bytes of [...wrongLengths, new Uint8Array(65)]) {
      expect(await suite.verify(bytes, text, signed)).toBe(false)
      if (bytes.length !== 64) expect(await suite.verify(key, text, bytes)).toBe(false)
    }
    // A byte more leaves S as it was to whoever reads it as a number.
    expect(await suite.verify(key, text, Uint8Array.of(...signed, 0))).toBe(false)
    // No point of the curve has y = 2.
    const none = hexToBytes(`02${'00'.repeat(31)}`)
    expect(await suite.verify(none, text, signed)).toBe(false)
    expect(await suite.verify(key, text, Uint8Array.of(...none, ...signed.subarray(32)))).toBe(false)
    for (const fill of [0, 255]) {
      expect(await suite.verify(key, text, new Uint8Array(64).fill(fill))).toBe(false)
      expect(await suite.verify(new Uint8Array(32).fill(fill), text, signed)).toBe(false)
    }
  })

  it('refuses seeds of other lengths', async () => {
    for (const bytes of wrongLengths) await expect(suite.signingKey(bytes)).rejects.toEqual(keyInvalid)
  })
})

/** R is the base point and S is 1: valid under a key of small order for whatever message multiplies it to zero. */
const BY_NOBODY = `58${'66'.repeat(31)}01${'00'.repeat(31)}`
/** A key with a component of order 8: a point of the curve, but not of the group that signs. */
const MIXED_KEY = 'a00c3955e6dba6ae0b0cf366795b20a55f50b61b1d9a08a49a743d2831426ced'
const MIXED_R = 'a9a4b61b52db164253147e0c5bd20852d7ab4763e996d0117febccbc7a1abb56'
const KEY = 'bf512469e7f9b766bf5c75e47e84fda3ec887bd24d79b9165c19e01a88fe5f72'

/** Signatures that libraries judge differently. `byOpenssl` is what a bare call of Node says to them. */
const DISPUTED = [
  ['of nobody, under the neutral point', `01${'00'.repeat(31)}`, '07', BY_NOBODY, true, false],
  ['of nobody, under it with a sign', `01${'00'.repeat(30)}80`, '07', BY_NOBODY, true, false],
  ['of nobody, under it not reduced', `ee${'ff'.repeat(30)}7f`, '07', BY_NOBODY, true, false],
  ['of nobody, under a point of order 2', `ec${'ff'.repeat(30)}7f`, '00', BY_NOBODY, true, false],
  [
    'with an R of small order',
    KEY,
    '07',
    `01${'00'.repeat(31)}c163b6bd68662562f7a50e2a76b9103bbaf95898a5da6b49183ae2e12f1fcc0f`,
    true,
    false,
  ],
  [
    'that holds only times the cofactor, for the key',
    MIXED_KEY,
    '00',
    `${MIXED_R}a2ba219460f3dd9cf327de83e049cf54f5916e4e96606e858067e46853dfa10e`,
    false,
    false,
  ],
  [
    'that holds only times the cofactor, for R',
    KEY,
    '00',
    '938045fb0ca81173203ca2208ef617dad803f1b07975b653ac8dddae7b1152714ae317684fde03db87e973f9c3bf502e485814e54d205f913233960099610c08',
    false,
    false,
  ],
  [
    'under such a key where it holds without',
    MIXED_KEY,
    '09',
    `${MIXED_R}aa5ceeab4e03017f41ae32c0174877f326688229add5cc4082f829878040f20b`,
    true,
    true,
  ],
] as const

describe.each(DISPUTED)('an Ed25519 signature %s', (_, publicKey, message, signature, byOpenssl, valid) => {
  const [key, text, signed] = [publicKey, message, signature].map(hexToBytes) as [
    Uint8Array<ArrayBuffer>,
    Uint8Array,
    Uint8Array,
  ]

  it.each(suites)('is judged by the suite $name as by the others', async (suite) => {
    expect(await suite.verify(key, text, signed)).toBe(valid)
  })

  it('is one that OpenSSL would judge as noted', () => {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(key) }
    expect(opensslVerify(null, text, { key: jwk, format: 'jwk' }, signed)).toBe(byOpenssl)
  })
})

describe('the suites', () => {
  it('derive the same keys and agree on the same secrets', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, async (a, b) => {
        const shared = new Set<string>()
        for (const [i, suite] of suites.entries()) {
          const own = await suite.agreementKey(a)
          const peer = await suites[(i + 1) % suites.length]!.agreementKey(b)
          shared.add(bytesToHex(await own.agree(peer.publicKey)))
          shared.add(bytesToHex(await peer.agree(own.publicKey)))
        }
        expect(shared.size).toBe(1)
      }),
      few,
    )
  })

  it('sign alike and believe one another', async () => {
    await fc.assert(
      fc.asyncProperty(key, fc.uint8Array({ maxLength: 300 }), async (seed, message) => {
        const signatures = new Set<string>()
        for (const [i, suite] of suites.entries()) {
          const signing = await suite.signingKey(seed)
          const signature = await signing.sign(message)
          signatures.add(bytesToHex(signing.publicKey) + bytesToHex(signature))
          const other = suites[(i + 1) % suites.length]!
          expect(await other.verify(signing.publicKey, message, signature)).toBe(true)
        }
        expect(signatures.size).toBe(1)
      }),
      few,
    )
  })

  it('agree with any u at all, or refuse it alike', async () => {
    await fc.assert(
      fc.asyncProperty(key, key, async (secret, peer) => {
        const outcomes = await Promise.all(
          suites.map(async (suite) => bytesToHex(await (await suite.agreementKey(secret)).agree(peer))),
        )
        expect(new Set(outcomes).size).toBe(1)
      }),
      few,
    )
  })

  it('hand out bytes that are nobody else’s', async () => {
    for (const suite of suites) {
      const secret = new Uint8Array(32).fill(5)
      const own = await suite.agreementKey(secret)
      const signing = await suite.signingKey(secret)
      const before =
        bytesToHex(await own.agree(own.publicKey)) + bytesToHex(await signing.sign(secret.slice()))
      secret.fill(0)
      const message = new Uint8Array(32).fill(5)
      expect(bytesToHex(await own.agree(own.publicKey)) + bytesToHex(await signing.sign(message))).toBe(
        before,
      )
      for (const bytes of [own.publicKey, signing.publicKey, await signing.sign(message)]) {
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
        expect(bytes.buffer.byteLength).toBe(bytes.length)
      }
    }
  })
})
