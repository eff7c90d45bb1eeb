import { createCipheriv } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bytesToHex, hexToBytes, utf8ToBytes } from '../bytes/index.js'
import { accumulator } from './accumulator.js'
import type { CryptoSuite, Mask } from './suite.js'
import { suites } from './testing/suites.js'

const keyInvalid = expect.objectContaining({ code: 'TACIT_KEY_INVALID' })
const ZERO_KEY = new Uint8Array(32)
const NOTHING = new Uint8Array(0)
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const few = { numRuns: 20 }

const flip = (bytes: Uint8Array, bit: number) => {
  const changed = bytes.slice()
  changed[bit >> 3]! ^= 1 << (bit & 7)
  return changed
}

describe.each(suites)('AES-256-GCM of the suite $name', (suite) => {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14: key and nonce are zeros.
  it.each([
    ['', '530f8afbc74536b9a963b4f1c4cb738b'],
    ['00'.repeat(16), 'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919'],
  ])('agrees with the published vector of %s', async (text, sealed) => {
    expect(bytesToHex(await suite.seal(ZERO_KEY, hexToBytes(text), NOTHING))).toBe(sealed)
    expect(await suite.open(ZERO_KEY, hexToBytes(sealed), NOTHING)).toEqual(hexToBytes(text))
  })

  it('opens nothing that was changed', async () => {
    const [key, text, associated] = ['key', 'text', 'data'].map((label) => utf8ToBytes(label.repeat(11))) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const own = key.slice(0, 32)
    const sealed = await suite.seal(own, text, associated)
    expect(await suite.open(own, sealed, associated)).toEqual(text)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      expect(await suite.open(own, flip(sealed, bit), associated)).toBeUndefined()
    }
    expect(await suite.open(flip(own, 255), sealed, associated)).toBeUndefined()
    expect(await suite.open(own, sealed, flip(associated, 0))).toBeUndefined()
    expect(await suite.open(own, sealed, NOTHING)).toBeUndefined()
    for (let length = 0; length < sealed.length; length++) {
      expect(await suite.open(own, sealed.slice(0, length), associated)).toBeUndefined()
    }
  })

  it('takes keys of 32 bytes only, AES-128 not silently', async () => {
    for (const length of [0, 16, 24, 31, 33]) {
      await expect(suite.seal(new Uint8Array(length), NOTHING, NOTHING)).rejects.toEqual(keyInvalid)
      await expect(suite.open(new Uint8Array(length), new Uint8Array(16), NOTHING)).rejects.toEqual(
        keyInvalid,
      )
    }
  })
})

it('the suites seal alike and open each other’s', async () => {
  const some = fc.uint8Array({ maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(bytes32, some, some, async (key, text, associated) => {
      const sealed = await Promise.all(suites.map((suite) => suite.seal(key, text, associated)))
      expect(new Set(sealed.map(bytesToHex)).size).toBe(1)
      for (const suite of suites) expect(await suite.open(key, sealed[0]!, associated)).toEqual(text)
    }),
    few,
  )
})

describe.each(suites)('ECDSA P-256 of the suite $name', (suite) => {
  // RFC 6979, appendix A.2.5, SHA-256, "sample". Its s is above half the order, which is allowed here.
  const key = hexToBytes(
    '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
      '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
  )
  const signature = hexToBytes(
    'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
  )
  const message = utf8ToBytes('sample')

  it('agrees with the published vector', async () => {
    expect(await suite.verifyEs256(key, message, signature)).toBe(true)
  })

  it('finds any changed bit', async () => {
    for (let bit = 0; bit < 512; bit += 11) {
      expect(await suite.verifyEs256(key, message, flip(signature, bit)), `signature ${bit}`).toBe(false)
      expect(await suite.verifyEs256(flip(key, bit), message, signature), `key ${bit}`).toBe(false)
    }
    expect(await suite.verifyEs256(key, utf8ToBytes('simple'), signature)).toBe(false)
  })

  it('answers false to whatever is malformed', async () => {
    const x = key.subarray(1, 33)
    const odd = key[64]! & 1
    const malformedKeys = [
      NOTHING,
      key.subarray(0, 64),
      Uint8Array.of(...key, 0),
      Uint8Array.of(2 + odd, ...x), // compressed
      Uint8Array.of(6 + odd, ...key.subarray(1)), // hybrid
      Uint8Array.of(4, ...new Uint8Array(64)),
      Uint8Array.of(0),
    ]
    for (const malformed of malformedKeys) {
      expect(await suite.verifyEs256(malformed, message, signature)).toBe(false)
    }
    const order = hexToBytes('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
    const zero = new Uint8Array(32)
    const [r, s] = [signature.subarray(0, 32), signature.subarray(32)]
    const malformed = [
      [NOTHING, NOTHING],
      [r, s.subarray(1)],
      [r, Uint8Array.of(...s, 0)],
      [zero, s],
      [r, zero],
      [zero, zero],
      [order, s],
      [r, order],
    ] as const
    for (const [r, s] of malformed) {
      expect(await suite.verifyEs256(key, message, Uint8Array.of(...r, ...s))).toBe(false)
    }
  })
})

/** The stream of a mask, in one piece. */
function keystream(key: Uint8Array, words: number): Uint32Array {
  const bytes = createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(new Uint8Array(4 * words))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: words }, (_, i) => view.getUint32(4 * i, true))
}

/** Vitest compares long vectors a thousand times slower. */
function expectSame(words: Uint32Array, expected: Uint32Array): void {
  const [a, b] = [words, expected].map((w) => Buffer.from(w.buffer, w.byteOffset, w.byteLength))
  expect(words).toHaveLength(expected.length)
  expect(a!.equals(b!)).toBe(true)
}

const filled = (length: number) => Uint32Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1))

async function added(suite: CryptoSuite, masks: readonly Mask[], words: Uint32Array): Promise<Uint32Array> {
  const into = words.slice()
  await suite.addMasks(masks, into)
  return into
}

describe.each(suites)('masks of the suite $name', (suite) => {
  it('are the published keystream, read as little-endian words', async () => {
    // Under a key of zeros. Block 0: NIST's AESAVS, of a text of zeros; blocks 1 and 2: GCM's test cases 13 and 14,
    // the tag of nothing and the first block that is sealed with.
    const blocks = [
      'dc95c078a2408989ad48a21492842087',
      '530f8afbc74536b9a963b4f1c4cb738b',
      'cea7403d4d606b6e074ec5d3baf39d18',
    ]
    const into = await added(suite, [{ key: ZERO_KEY, sign: 1 }], new Uint32Array(12))
    const little = [...into].map((word) => {
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setUint32(0, word, true)
      return bytesToHex(bytes)
    })
    expect(little.join('')).toBe(blocks.join(''))
  })

  it.each([0, 1, 3, 5, 4095, 16_383, 16_384, 16_385, 3 * 16_384 + 7])(
    'cover a vector of %d words, and no more',
    async (length) => {
      const key = new Uint8Array(32).fill(length)
      const around = filled(length + 8)
      const before = around.slice()
      await suite.addMasks([{ key, sign: 1 }], around.subarray(4, 4 + length))
      const stream = keystream(key, length)
      for (let i = 0; i < length; i++) before[4 + i]! += stream[i]!
      expectSame(around, before)
    },
  )

  it('carry their counter beyond two bytes', async () => {
    const length = 17 * 16_384 + 3
    const into = await added(suite, [{ key: ZERO_KEY, sign: 1 }], new Uint32Array(length))
    expectSame(into, keystream(ZERO_KEY, length))
  })

  it('are taken away again', async () => {
    const masks: Mask[] = [1, 2, 3].map((fill) => ({ key: new Uint8Array(32).fill(fill), sign: 1 }))
    const words = filled(40_000)
    const masked = await added(suite, masks, words)
    expect([...masked.subarray(0, 9)]).not.toEqual([...words.subarray(0, 9)])
    const inverse = masks.map(({ key }) => ({ key, sign: -1 as const }))
    expectSame(await added(suite, inverse, masked), words)
  })

  // More masks than are open at once, more pieces than a batch has, over several blocks.
  it('may be many', async () => {
    const masks: Mask[] = Array.from({ length: 70 }, (_, i) => ({
      key: new Uint8Array(32).fill(i),
      sign: i % 3 === 0 ? -1 : 1,
    }))
    const length = suite.name === 'noble' ? 777 : 16_384 + 777
    const words = filled(length)
    const expected = words.slice()
    for (const { key, sign } of masks) {
      const stream = keystream(key, length)
      for (let i = 0; i < length; i++) expected[i]! += sign * stream[i]!
    }
    expectSame(await added(suite, masks, words), expected)
  })

  it('leave nothing in memory that they were added in', async () => {
    const wipe = vi.spyOn(accumulator(), 'wipe')
    await added(suite, [{ key: ZERO_KEY, sign: 1 }], filled(9))
    expect(wipe).toHaveBeenCalledOnce()
    wipe.mockRestore()
  })

  it('add nothing where there are none', async () => {
    expect(await added(suite, [], filled(9))).toEqual(filled(9))
  })

  it('add nothing at all when one has a bad key', async () => {
    const into = filled(20_000)
    const masks: Mask[] = [
      { key: ZERO_KEY, sign: 1 },
      { key: new Uint8Array(16), sign: 1 },
    ]
    await expect(suite.addMasks(masks, into)).rejects.toEqual(keyInvalid)
    expectSame(into, filled(20_000))
  })

  it('do not disturb each other when added at once', async () => {
    const vectors = [1, 2, 3].map((fill) => ({ key: new Uint8Array(32).fill(fill), into: filled(50_000) }))
    await Promise.all(vectors.map(({ key, into }) => suite.addMasks([{ key, sign: -1 }], into)))
    for (const { key, into } of vectors) {
      const stream = keystream(key, into.length)
      const back = into.map((word, i) => word + stream[i]!)
      expectSame(back, filled(50_000))
    }
  })
})

it('the suites add the same masks alike, to any length and with any signs', async () => {
  const mask = fc.record({ key: bytes32, sign: fc.constantFrom(1 as const, -1 as const) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(mask, { maxLength: 10 }),
      fc.oneof(fc.nat(40), fc.integer({ min: 16_370, max: 16_400 })),
      async (masks, length) => {
        const expected = await added(suites[0]!, masks, filled(length))
        for (const suite of suites) {
          expectSame(await added(suite, masks, filled(length)), expected)
          const oneByOne = filled(length)
          for (const mask of masks) await suite.addMasks([mask], oneByOne)
          expectSame(oneByOne, expected)
        }
      },
    ),
    few,
  )
})

describe('other work on the thread', () => {
  afterEach(() => vi.useRealTimers())

  it.each(suites)('has its turn every 8 MiB of keystream in the suite $name', async (suite) => {
    const mebibytes = suite.name === 'noble' ? 1 : 33
    let turns = 0
    let heartbeat = setImmediate(function beat() {
      turns++
      heartbeat = setImmediate(beat)
    })
    await suite.addMasks([{ key: ZERO_KEY, sign: 1 }], new Uint32Array(mebibytes * 2 ** 18))
    clearImmediate(heartbeat)
    expect(turns).toBeGreaterThanOrEqual(4)
  })

  it.each(suites)('and a test’s fake timers do not stop the suite $name', async (suite) => {
    vi.useFakeTimers()
    const length = suite.name === 'noble' ? 2 ** 17 : 2 ** 22
    await expect(
      suite.addMasks([{ key: ZERO_KEY, sign: 1 }], new Uint32Array(length)),
    ).resolves.toBeUndefined()
  })
})
