import { describe, expect, it } from 'vitest'
import {
  CLOCK_SKEW_MS,
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  ROUND_MARGIN_MS,
  trustedIssuer,
  verifyCredential,
} from '../../credentials/index.js'
import type { RoundIdentity } from '../secure-sum.js'
import type { MaskedEnvironment } from './environment.js'
import { lyingCoordinator } from './testing/lying-coordinator.js'
import { play, TWELVE } from './testing/play.js'
import { rememberingSuite } from './testing/remembering-suite.js'
import type { RoundOptions } from './testing/round.js'

const ROUND = 5
const VILLAIN = 4
const HOUR_MS = 3_600_000
const NOW_MS = Date.UTC(2026, 0, 5, 12)
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }

const suite = await rememberingSuite()
const key = await ed25519IssuerKey('k', new Uint8Array(32).fill(99), suite)
const trust = trustedIssuer({ ...NAMES, jwks: publicJwks([key]) })

interface Order {
  readonly round?: number
  /** When the hour that its token lasts began. */
  readonly nowMs?: number
}

async function identityOf(device: number, { round = ROUND, nowMs = NOW_MS }: Order): Promise<RoundIdentity> {
  const seed = new Uint8Array(32).fill(device + 1)
  const { publicKey } = await suite.signingKey(seed)
  const order = { key, ...NAMES, publicKey, round, nowMs, lifetimeMs: HOUR_MS }
  return { seed, credential: await issueCredential(order, suite) }
}

const asking = (validForMs: number): Pick<MaskedEnvironment, 'verifyCredential'> => ({
  verifyCredential: (token, identity, round, own) =>
    verifyCredential(token, identity, { round, validForMs }, trust, NOW_MS, own),
})

/** Twelve devices, each vouched for; one of them by a token of another kind. */
async function certified(villain: Order): Promise<RoundOptions> {
  const identities = await Promise.all(
    Array.from({ length: 12 }, (_, device) => identityOf(device, device === VILLAIN ? villain : {})),
  )
  return {
    ...TWELVE,
    plan: { round: ROUND },
    masking: { ...TWELVE.masking, identity: 'certified' },
    own: (device) => ({ identity: identities[device]! }),
    environment: asking(-CLOCK_SKEW_MS),
    coordinatorEnvironment: asking(ROUND_MARGIN_MS),
  }
}

const negligent = lyingCoordinator((devices) => devices)

describe('a credential of another round', () => {
  const others = [{ round: ROUND - 1 }, { round: ROUND + 1 }, { round: 0 }]

  it.each(others)('is refused by the coordinator, and the round goes on: %j', async (villain) => {
    const { end } = await play(await certified(villain))
    expect([...end.blamed]).toEqual([[VILLAIN, 'TACIT_CREDENTIAL_INVALID']])
    expect(end.survivors).toHaveLength(11)
  })

  it.each(others)('is refused by neighbours where the coordinator lets it in: %j', async (villain) => {
    const { end } = await play({ ...(await certified(villain)), coordinator: negligent })
    const left = [...end.left].filter(([device]) => device !== VILLAIN)
    expect(left.length).toBeGreaterThan(0)
    for (const [, code] of left) expect(code).toBe('TACIT_CREDENTIAL_INVALID')
    expect(end.sums).toBeUndefined()
  })
})

describe('a credential that runs out', () => {
  /** So much is left of it. */
  const left = (ms: number) => ({ nowMs: NOW_MS - HOUR_MS + ms })

  // Whole hours: what is left is 0, or an hour.
  it('is refused by the coordinator in time, and the round goes on', async () => {
    const { end } = await play(await certified(left(0)))
    expect([...end.blamed]).toEqual([[VILLAIN, 'TACIT_CREDENTIAL_INVALID']])
    expect([end.survivors.length, end.left.size]).toEqual([11, 1])
  })

  it('has no neighbour leave in the minutes after', async () => {
    const options = await certified(left(0))
    const { end } = await play({ ...options, coordinatorEnvironment: asking(-CLOCK_SKEW_MS) })
    expect([end.survivors.length, end.left.size]).toEqual([12, 0])
  })

  it('is refused by neighbours once that is over', async () => {
    const { end } = await play({ ...(await certified(left(-HOUR_MS))), coordinator: negligent })
    expect([...end.left].filter(([device]) => device !== VILLAIN).length).toBeGreaterThan(0)
    expect(end.sums).toBeUndefined()
  })
})
