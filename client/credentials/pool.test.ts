import { encodeBase64Url } from '@tacit/shared/bytes'
import {
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  trustedIssuer,
  verifyCredential,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import { SimulatedSecrets } from '@tacit/shared/random'
import type { RoundIdentity } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { CredentialPool, type CredentialPoolOptions, type FetchCredentials } from './pool.js'

const HOUR_MS = 3_600_000
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }

const suite = await platformSuite()
const key = await ed25519IssuerKey('k', new Uint8Array(32).fill(1), suite)
const trust = trustedIssuer({ ...NAMES, jwks: publicJwks([key]) })

/** Lets every promise that is due run, signatures on other threads included. */
const settle = async () => {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** Secrets whose seeds a test can look at later. */
function watchedSecrets() {
  const secrets = new SimulatedSecrets({ seed: 6 })
  const drawn: Uint8Array[] = []
  const bytes = (length: number) => {
    const drawnNow = secrets.bytes(length)
    if (length === 32) drawn.push(drawnNow)
    return drawnNow
  }
  return { random: { origin: 'simulated', bytes } as SimulatedSecrets, drawn }
}

const isWiped = (seed: Uint8Array) => seed.every((byte) => byte === 0)

/** An issuer on whole hours of `nowMs`; `answer` may tamper with what it gives, or throw. */
function setUp(options: Partial<CredentialPoolOptions> = {}) {
  const clock = { nowMs: 1000 * HOUR_MS }
  const asked: string[][] = []
  const failures: unknown[] = []
  const issuer = {
    lifetimeMs: 2 * HOUR_MS,
    answer: async (tokens: string[]): Promise<readonly string[]> => tokens,
  }
  const issue = (publicKey: Uint8Array) =>
    issueCredential({ key, ...NAMES, publicKey, nowMs: clock.nowMs, lifetimeMs: issuer.lifetimeMs }, suite)
  const fetch: FetchCredentials = async (publicKeys) => {
    asked.push(publicKeys.map(encodeBase64Url))
    return issuer.answer(await Promise.all(publicKeys.map(issue)))
  }
  const pool = new CredentialPool({
    fetch,
    random: new SimulatedSecrets({ seed: 5 }),
    suite: async () => suite,
    nowMs: () => clock.nowMs,
    onFailure: (error) => failures.push(error),
    ...options,
  })
  return { pool, clock, asked, failures, issuer, issue }
}

const publicKeyOf = async ({ seed }: RoundIdentity) => (await suite.signingKey(seed)).publicKey
const sizes = (asked: string[][]) => asked.map(({ length }) => length)

describe('a stock of credentials', () => {
  it('holds identities that neighbours accept', async () => {
    const { pool, clock } = setUp()
    await pool.refill()
    for (let i = 0; i < 8; i++) {
      const identity = pool.take()!
      await verifyCredential(identity.credential, await publicKeyOf(identity), trust, clock.nowMs, suite)
    }
  })

  it('hands out each once, with keys never asked for twice', async () => {
    const { pool, asked } = setUp({ stock: 4 })
    const seeds = new Set<string>()
    const credentials = new Set<string>()
    for (let round = 0; round < 20; round++) {
      await pool.refill()
      const { seed, credential } = pool.take()!
      seeds.add(encodeBase64Url(seed))
      credentials.add(credential)
      await settle()
    }
    expect([seeds.size, credentials.size]).toEqual([20, 20])
    expect(new Set(asked.flat()).size).toBe(asked.flat().length)
  })

  it('is filled again in the background once half of it is used, and to no more than its size', async () => {
    const { pool, asked } = setUp()
    await pool.refill()
    for (let i = 0; i < 3; i++) pool.take()
    await settle()
    expect(sizes(asked)).toEqual([8])
    pool.take()
    await settle()
    expect(sizes(asked)).toEqual([8, 4])
  })

  it('answers nothing while it is empty, and is filled for the next time', async () => {
    const { pool, asked } = setUp()
    expect(pool.take()).toBeUndefined()
    expect(pool.take()).toBeUndefined()
    await settle()
    expect(sizes(asked)).toEqual([8])
    expect(pool.take()).toBeDefined()
  })

  it('is filled by one request at a time', async () => {
    const { pool, asked } = setUp()
    await Promise.all([pool.refill(), pool.refill()])
    expect(sizes(asked)).toEqual([8])
    await pool.refill()
    expect(sizes(asked)).toEqual([8])
  })

  it('has no credential that expires before its round may end', async () => {
    const { pool, clock, asked } = setUp({ stock: 2 })
    await pool.refill()
    clock.nowMs += 2 * HOUR_MS - 120_000 - 1
    const last = pool.take()!
    expect(isWiped(last.seed)).toBe(false)
    clock.nowMs += 1
    expect(pool.take()).toBeUndefined()
    await settle()
    expect(sizes(asked)[0]).toBe(2)
    expect(pool.take()).toBeDefined()
    // What was handed out is no longer the pool's to wipe.
    expect(isWiped(last.seed)).toBe(false)
  })

  it('wipes what expired, and asks for as many', async () => {
    const { random, drawn } = watchedSecrets()
    const { pool, clock, asked } = setUp({ random, stock: 2 })
    await pool.refill()
    clock.nowMs += 2 * HOUR_MS
    await pool.refill()
    expect(sizes(asked)).toEqual([2, 2])
    expect(drawn.map(isWiped)).toEqual([true, true, false, false])
  })

  it.each([0, -1, 1.5, 65, Number.NaN])('has no size of %d', (stock) => {
    expect(() => setUp({ stock })).toThrow(expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }))
  })
})

describe('an answer of the issuer', () => {
  it('may be in any order', async () => {
    const { pool, issuer, clock } = setUp({ stock: 3 })
    issuer.answer = async (tokens) => tokens.reverse()
    await pool.refill()
    const identity = pool.take()!
    await verifyCredential(identity.credential, await publicKeyOf(identity), trust, clock.nowMs, suite)
  })

  it('counts once for a key, and never for another key than ours', async () => {
    const { pool, issuer, issue } = setUp({ stock: 3, backoff: { firstMs: 1e9, longestMs: 1e9 } })
    const foreign = await issue(new Uint8Array(32).fill(9))
    issuer.answer = async ([first, second]) => [first!, first!, foreign, second!, 'nonsense']
    await pool.refill()
    const taken = [pool.take(), pool.take(), pool.take()]
    expect(taken.map((identity) => identity !== undefined)).toEqual([true, true, false])
    expect(new Set(taken.map((identity) => identity?.credential)).size).toBe(3)
  })

  it.each<[string, string, (tokens: string[]) => readonly string[]]>([
    ['nothing', 'TACIT_CREDENTIAL_MISSING', () => []],
    ['no tokens', 'TACIT_CREDENTIAL_INVALID', () => ['x', 'y']],
    ['the same token for all that is no longer ours', 'TACIT_CREDENTIAL_INVALID', ([token]) => [`${token}=`]],
  ])('with %s fails with %s', async (_, code, answer) => {
    const { pool, issuer } = setUp()
    issuer.answer = async (tokens) => answer(tokens)
    await expect(pool.refill()).rejects.toMatchObject({ code })
    expect(pool.take()).toBeUndefined()
  })

  it('that has expired on this clock is not kept, and says so', async () => {
    const { pool, issuer, clock } = setUp()
    issuer.answer = async (tokens) => {
      clock.nowMs += 2 * HOUR_MS
      return tokens
    }
    await expect(pool.refill()).rejects.toMatchObject({
      details: { problem: expect.stringMatching('clocks') },
    })
  })

  it('leaves no seed behind that it did not certify', async () => {
    const { random, drawn } = watchedSecrets()
    const { pool, issuer } = setUp({ stock: 3, random })
    issuer.answer = async ([first]) => [first!]
    await pool.refill()
    expect(drawn.map(isWiped)).toEqual([false, true, true])
    issuer.answer = async () => {
      throw new Error('offline')
    }
    await expect(pool.refill()).rejects.toThrow('offline')
    expect(drawn.slice(3).map(isWiped)).toEqual([true, true])
  })
})

describe('an issuer that fails', () => {
  const failing = async () => {
    throw new TacitError('TACIT_CREDENTIAL_MISSING')
  }

  it('is asked again by a later take only, and after a time that grows', async () => {
    const { pool, issuer, clock, asked, failures } = setUp({ backoff: { firstMs: 1000, longestMs: 4000 } })
    issuer.answer = failing
    const waits: number[] = []
    for (let attempt = 1; attempt <= 4; attempt++) {
      const since = clock.nowMs
      while (asked.length < attempt) {
        clock.nowMs += 50
        expect([pool.take(), pool.take()]).toEqual([undefined, undefined])
        await settle()
      }
      waits.push(clock.nowMs - since)
    }
    expect(failures).toEqual(Array(4).fill(expect.objectContaining({ code: 'TACIT_CREDENTIAL_MISSING' })))
    const [first, ...later] = waits
    expect(first).toBe(50)
    for (const [index, ceiling] of [1000, 2000, 4000].entries()) {
      expect(later[index]).toBeGreaterThanOrEqual(ceiling / 2)
      expect(later[index]).toBeLessThanOrEqual(ceiling + 50)
    }
    // Time alone asks nobody.
    clock.nowMs += HOUR_MS
    await settle()
    expect(asked).toHaveLength(4)
  })

  it('does not hold up one who asks for a refill, whose success ends the wait', async () => {
    const { pool, issuer, asked } = setUp({ stock: 2 })
    const sound = issuer.answer
    issuer.answer = failing
    await expect(pool.refill()).rejects.toMatchObject({ code: 'TACIT_CREDENTIAL_MISSING' })
    issuer.answer = sound
    await pool.refill()
    pool.take()
    await settle()
    expect(sizes(asked)).toEqual([2, 2, 1])
  })

  it('is asked again as soon as ever once it has answered in between', async () => {
    const { pool, issuer, clock, asked } = setUp({ stock: 1, backoff: { firstMs: 1000, longestMs: 64_000 } })
    const sound = issuer.answer
    issuer.answer = failing
    for (let i = 0; i < 6; i++) await expect(pool.refill()).rejects.toThrow()
    issuer.answer = sound
    await pool.refill()
    issuer.answer = failing
    pool.take()
    await settle()
    expect(asked).toHaveLength(8)
    clock.nowMs += 1000
    pool.take()
    await settle()
    expect(asked).toHaveLength(9)
  })

  it('is left alone for a while when it gives less than was asked for', async () => {
    const { pool, issuer, asked } = setUp()
    issuer.answer = async ([first]) => [first!]
    await pool.refill()
    pool.take()
    await settle()
    expect(sizes(asked)).toEqual([8])
  })

  it('costs none of what is in stock', async () => {
    const { pool, issuer } = setUp({ stock: 4 })
    await pool.refill()
    issuer.answer = failing
    for (let i = 0; i < 4; i++) {
      expect(pool.take()).toBeDefined()
      await settle()
    }
    expect(pool.take()).toBeUndefined()
  })
})
