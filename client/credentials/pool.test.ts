import { encodeBase64Url } from '@tacit/shared/bytes'
import {
  ed25519IssuerKey,
  issueCredential,
  OnePerRound,
  parseCredential,
  publicJwks,
  type RoundKey,
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

/** An issuer on whole hours of `nowMs`; `answer` may tamper with what it gives, or throw. Round 10 is over. */
function setUp(options: Partial<CredentialPoolOptions> = {}) {
  const clock = { nowMs: 1000 * HOUR_MS }
  const asked: RoundKey[][] = []
  const failures: unknown[] = []
  const issuer = {
    lifetimeMs: 2 * HOUR_MS,
    answer: async (tokens: string[]): Promise<readonly string[]> => tokens,
  }
  const issue = (own: RoundKey) =>
    issueCredential({ key, ...NAMES, ...own, nowMs: clock.nowMs, lifetimeMs: issuer.lifetimeMs }, suite)
  const fetch: FetchCredentials = async (keys) => {
    asked.push([...keys])
    return issuer.answer(await Promise.all(keys.map(issue)))
  }
  const pool = new CredentialPool({
    fetch,
    random: new SimulatedSecrets({ seed: 5 }),
    suite: async () => suite,
    nowMs: () => clock.nowMs,
    onFailure: (error) => failures.push(error),
    ...options,
  })
  /** Has heard of round 10, and has what was to be had. */
  const filled = async () => {
    pool.heard(10)
    await settle()
  }
  return { pool, clock, asked, failures, issuer, issue, filled }
}

const publicKeyOf = async ({ seed }: RoundIdentity) => (await suite.signingKey(seed)).publicKey
const roundsOf = (asked: RoundKey[][]) => asked.map((keys) => keys.map(({ round }) => round))
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const without = new Error('offline')

describe('a stock of credentials', () => {
  it('holds identities for the rounds ahead that neighbours accept in those, and in no other', async () => {
    const { pool, clock, asked, filled } = setUp()
    await filled()
    expect(roundsOf(asked)).toEqual([from(11, 18)])
    for (const round of from(11, 15)) {
      const identity = pool.take(round)!
      const verify = async (use: number) =>
        verifyCredential(
          identity.credential,
          await publicKeyOf(identity),
          { round: use },
          trust,
          clock.nowMs,
          suite,
        )
      await verify(round)
      await expect(verify(round + 1)).rejects.toMatchObject({ code: 'TACIT_CREDENTIAL_INVALID' })
    }
  })

  it('hands out each once, with keys never asked for in two rounds', async () => {
    const { pool, asked, filled } = setUp({ stock: 4 })
    await filled()
    const seeds = new Set<string>()
    const credentials = new Set<string>()
    for (const round of from(11, 30)) {
      const { seed, credential } = pool.take(round)!
      expect(pool.take(round)).toBeUndefined()
      seeds.add(encodeBase64Url(seed))
      credentials.add(credential)
      await settle()
      expect(pool.take(round)).toBeUndefined()
    }
    expect([seeds.size, credentials.size]).toEqual([20, 20])
    const keys = asked.flat().map(({ publicKey }) => encodeBase64Url(publicKey))
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(asked.flat().map(({ round }) => round)).size).toBe(keys.length)
  })

  it('asks for nothing before it has heard of a round, misses that one, and is ready for the next', async () => {
    const { pool, asked } = setUp()
    await pool.refill()
    expect(asked).toEqual([])
    expect(pool.take(7)).toBeUndefined()
    expect(pool.take(8)).toBeUndefined()
    await settle()
    // Eight from 8 on were asked for, or from 9 on: whichever was known when keys were drawn.
    expect(asked.flat().map(({ round }) => round)).toEqual(from(9, 16))
    expect(pool.take(9)).toBeDefined()
  })

  it('is filled again in the background once half of it is used, for as many rounds as it keeps', async () => {
    const { pool, asked, filled } = setUp()
    await filled()
    for (const round of [11, 12, 13]) pool.take(round)
    await settle()
    expect(roundsOf(asked)).toEqual([from(11, 18)])
    pool.take(14)
    await settle()
    expect(roundsOf(asked)).toEqual([from(11, 18), from(19, 22)])
  })

  it('follows the rounds that it hears of, those without it included, and wipes what they leave behind', async () => {
    const { random, drawn } = watchedSecrets()
    const { pool, asked, filled } = setUp({ random, stock: 4 })
    await filled()
    pool.heard(12)
    await settle()
    expect(roundsOf(asked)).toEqual([from(11, 14), [15, 16]])
    expect(drawn.map(isWiped)).toEqual([true, true, false, false, false, false])
    // What a late message says of the past changes nothing.
    pool.heard(3)
    expect(pool.take(13)).toBeDefined()
  })

  it('begins anew where the rounds do', async () => {
    const { random, drawn } = watchedSecrets()
    const { pool, filled } = setUp({ random, stock: 2 })
    await filled()
    expect(pool.take(1)).toBeUndefined()
    await settle()
    expect(drawn.map(isWiped)).toEqual([true, true, false, false])
    expect(pool.take(2)).toBeDefined()
    expect(pool.take(11)).toBeUndefined()
  })

  it('goes on asking when rounds passed while the issuer thought', async () => {
    const { pool, asked, issuer } = setUp({ stock: 2 })
    const { answer } = issuer
    issuer.answer = async (tokens) => {
      issuer.answer = answer
      pool.heard(50)
      return tokens
    }
    pool.heard(10)
    await settle()
    expect(roundsOf(asked)).toEqual([
      [11, 12],
      [51, 52],
    ])
    expect([pool.take(51)?.seed.length, pool.take(11)]).toEqual([32, undefined])
  })

  it('is filled by one request at a time', async () => {
    const { pool, asked } = setUp()
    pool.heard(10)
    await Promise.all([pool.refill(), pool.refill()])
    await pool.refill()
    expect(roundsOf(asked)).toEqual([from(11, 18)])
  })

  it('hands out no credential with 20 minutes left or less', async () => {
    const { pool, clock, filled } = setUp({ stock: 2 })
    await filled()
    clock.nowMs += 2 * HOUR_MS - 20 * 60_000 - 1
    const last = pool.take(11)!
    expect(isWiped(last.seed)).toBe(false)
    clock.nowMs += 1
    expect(pool.take(12)).toBeUndefined()
    await settle()
    // What was handed out is no longer the pool's to wipe.
    expect(isWiped(last.seed)).toBe(false)
    expect(pool.take(13)).toBeDefined()
  })

  it('has what ran out certified anew, for the same key: the issuer knows no other for the round', async () => {
    const { pool, clock, asked, issuer, filled } = setUp({ stock: 2 })
    const issued = new OnePerRound()
    issuer.answer = async (tokens) => {
      const allowed = issued.allow('this one', asked.at(-1)!, clock.nowMs)
      return tokens.slice(0, allowed.length)
    }
    await filled()
    clock.nowMs += 2 * HOUR_MS
    await pool.refill()
    expect(asked).toHaveLength(2)
    expect(asked[1]).toEqual(asked[0])
    const { claims } = parseCredential(pool.take(11)!.credential)
    expect(claims.exp * 1000).toBe(clock.nowMs + 2 * HOUR_MS)
  })

  it.each([0, -1, 1.5, 65, Number.NaN])('has no size of %d', (stock) => {
    expect(() => setUp({ stock })).toThrow(expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }))
  })
})

describe('an answer of the issuer', () => {
  it('may be in any order', async () => {
    const { pool, issuer, clock, filled } = setUp({ stock: 3 })
    issuer.answer = async (tokens) => tokens.reverse()
    await filled()
    const identity = pool.take(12)!
    const publicKey = await publicKeyOf(identity)
    await verifyCredential(identity.credential, publicKey, { round: 12 }, trust, clock.nowMs, suite)
  })

  it('counts once for a key, never for another key than ours, and not for another round', async () => {
    const { pool, issuer, issue, asked, filled } = setUp({ stock: 4 })
    const foreign = await issue({ round: 11, publicKey: new Uint8Array(32).fill(9) })
    issuer.answer = async ([first, second]) => {
      const elsewhere = await issue({ ...asked[0]![2]!, round: 14 })
      return [first!, first!, foreign, second!, elsewhere, 'nonsense']
    }
    await filled()
    const taken = from(11, 14).map((round) => pool.take(round))
    expect(taken.map((identity) => identity !== undefined)).toEqual([true, true, false, false])
  })

  it.each<[string, string, (tokens: string[]) => readonly string[]]>([
    ['nothing', 'TACIT_CREDENTIAL_MISSING', () => []],
    ['no tokens', 'TACIT_CREDENTIAL_INVALID', () => ['x', 'y']],
    ['the same token for all that is no longer ours', 'TACIT_CREDENTIAL_INVALID', ([token]) => [`${token}=`]],
  ])('with %s fails with %s', async (_, code, answer) => {
    const { pool, issuer, failures, filled } = setUp()
    issuer.answer = async (tokens) => answer(tokens)
    await filled()
    expect(failures).toEqual([expect.objectContaining({ code })])
    await expect(pool.refill()).rejects.toMatchObject({ code })
    expect(pool.take(11)).toBeUndefined()
  })

  it('that has expired on this clock is not kept, and says so', async () => {
    const { pool, issuer, clock, filled } = setUp()
    issuer.answer = async (tokens) => {
      clock.nowMs += 2 * HOUR_MS
      return tokens
    }
    await filled()
    await expect(pool.refill()).rejects.toMatchObject({
      details: { problem: expect.stringMatching('clocks') },
    })
  })

  it('that was lost, or was none for some, is asked for again with the same keys', async () => {
    const { random, drawn } = watchedSecrets()
    const { pool, issuer, asked, filled } = setUp({ stock: 3, random })
    const { answer } = issuer
    issuer.answer = async () => {
      throw without
    }
    await filled()
    issuer.answer = async ([first]) => [first!]
    await pool.refill()
    issuer.answer = answer
    await pool.refill()
    expect(asked.slice(1)).toEqual([asked[0], asked[0]!.slice(1)])
    expect(drawn.map(isWiped)).toEqual([false, false, false])
    expect(from(11, 13).map((round) => pool.take(round) !== undefined)).toEqual([true, true, true])
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
        expect([pool.take(11), pool.take(11)]).toEqual([undefined, undefined])
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
    const { pool, issuer, asked, filled } = setUp({ stock: 2 })
    const sound = issuer.answer
    issuer.answer = failing
    await filled()
    issuer.answer = sound
    await pool.refill()
    pool.take(11)
    await settle()
    expect(roundsOf(asked)).toEqual([[11, 12], [11, 12], [13]])
  })

  it('is asked again as soon as ever once it has answered in between', async () => {
    const { pool, issuer, clock, asked, filled } = setUp({
      stock: 1,
      backoff: { firstMs: 1000, longestMs: 64_000 },
    })
    const sound = issuer.answer
    issuer.answer = failing
    await filled()
    for (let i = 0; i < 5; i++) await expect(pool.refill()).rejects.toThrow()
    issuer.answer = sound
    await pool.refill()
    issuer.answer = failing
    pool.take(11)
    await settle()
    expect(asked).toHaveLength(8)
    clock.nowMs += 1000
    pool.take(12)
    await settle()
    expect(asked).toHaveLength(9)
  })

  it('is left alone for a while when it gives less than was asked for', async () => {
    const { pool, issuer, asked, filled } = setUp()
    issuer.answer = async ([first]) => [first!]
    await filled()
    pool.take(11)
    await settle()
    expect(roundsOf(asked)).toEqual([from(11, 18)])
  })

  it('costs none of what is in stock', async () => {
    const { pool, issuer, filled } = setUp({ stock: 4 })
    await filled()
    issuer.answer = failing
    for (const round of from(11, 14)) {
      expect(pool.take(round)).toBeDefined()
      await settle()
    }
    expect(pool.take(15)).toBeUndefined()
  })
})
