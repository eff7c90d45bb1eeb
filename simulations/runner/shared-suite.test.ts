import { type CryptoSuite, platformSuite } from '@tacit/shared/crypto'
import { SimulatedSecrets } from '@tacit/shared/random'
import { beforeEach, describe, expect, it } from 'vitest'
import { SharedSuite } from './shared-suite.js'

describe('the shared suite', () => {
  const random = new SimulatedSecrets({ seed: 1 })
  const message = new Uint8Array([1, 2, 3])
  let platform: CryptoSuite
  let work: string[]
  let shared: SharedSuite

  beforeEach(async () => {
    platform = await platformSuite()
    work = []
    shared = new SharedSuite({
      ...platform,
      verify: (...question) => {
        work.push('verify')
        return platform.verify(...question)
      },
      agreementKey: async (secret) => {
        const key = await platform.agreementKey(secret)
        const agree = (peer: Uint8Array) => {
          work.push('agree')
          return key.agree(peer)
        }
        return { ...key, agree }
      },
    })
  })

  it('checks a signature once, and another question anew', async () => {
    const key = await shared.signingKey(random.bytes(32))
    const signature = await key.sign(message)
    const ask = (text: Uint8Array) => shared.verify(key.publicKey, text, signature)
    expect(await Promise.all([ask(message), ask(message), ask(message.slice())])).toEqual([true, true, true])
    expect(work).toEqual(['verify'])
    expect(await ask(new Uint8Array([1, 2, 4]))).toBe(false)
    expect(await ask(new Uint8Array([1, 2]))).toBe(false)
    expect(await ask(message)).toBe(true)
    expect(work).toHaveLength(3)
    shared.forget()
    expect(await ask(message)).toBe(true)
    expect(work).toHaveLength(4)
  })

  it('agrees on one secret for two, each of whom may overwrite its own', async () => {
    const secrets = [random.bytes(32), random.bytes(32)]
    const [a, b] = await Promise.all(secrets.map((secret) => shared.agreementKey(secret)))
    const expected = await (await platform.agreementKey(secrets[0]!)).agree(b!.publicKey)
    const first = await a!.agree(b!.publicKey)
    expect(first).toEqual(expected)
    first.fill(0)
    const second = await b!.agree(a!.publicKey)
    expect(second).toEqual(expected)
    expect(work).toEqual(['agree'])
    second.fill(0)
    // Both had it: whoever asks once more, as a coordinator does for one that was lost, computes it again.
    expect(await b!.agree(a!.publicKey)).toEqual(expected)
    expect(work).toHaveLength(2)
  })

  it('refuses a peer of low order, to everyone who asks', async () => {
    const key = await shared.agreementKey(random.bytes(32))
    for (let i = 0; i < 2; i++) {
      await expect(key.agree(new Uint8Array(32))).rejects.toMatchObject({ code: 'TACIT_KEY_INVALID' })
    }
  })

  it('adds large masks elsewhere, small ones here, and the same bytes', async () => {
    const lengths: number[] = []
    const elsewhere = new SharedSuite(platform, async (masks, length) => {
      lengths.push(length)
      const sum = new Uint32Array(length)
      await platform.addMasks(masks, sum)
      return sum
    })
    const masks = [
      { key: random.bytes(32), sign: 1 },
      { key: random.bytes(32), sign: -1 },
    ] as const
    for (const length of [100, 2 ** 17]) {
      const here = new Uint32Array(length).fill(7)
      const there = here.slice()
      await platform.addMasks(masks, here)
      await elsewhere.addMasks(masks, there)
      expect(there).toEqual(here)
    }
    expect(lengths).toEqual([2 ** 17])
  })
})
