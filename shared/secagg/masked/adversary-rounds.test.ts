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
/** Tokens that last an hour from the one before it on run out in ten minutes. */
const NOW_MS = Date.UTC(2026, 0, 5, 12, 50)
const LEFT_MS = 10 * 60_000
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }

const suite = await rememberingSuite()
const key = await ed25519IssuerKey('k', new Uint8Array(32).fill(99), suite)
const trust = trustedIssuer({ ...NAMES, jwks: publicJwks([key]) })

interface Order {
  readonly round?: number
  /** When it was issued. */
  readonly nowMs?: number
}

async function identityOf(device: number, { round = ROUND, nowMs = NOW_MS }: Order): Promise<RoundIdentity> {
  const seed = new Uint8Array(32).fill(device + 1)
  const { publicKey } = await suite.signingKey(seed)
  const order = { key, ...NAMES, publicKey, round, nowMs, lifetimeMs: HOUR_MS }
  return { seed, credential: await issueCredential(order, suite) }
}

const asking = (validForMs: number, nowMs = NOW_MS): Pick<MaskedEnvironment, 'verifyCredential'> => ({
  verifyCredential: (token, identity, round, own) =>
    verifyCredential(token, identity, { round, validForMs }, trust, nowMs, own),
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
  const old = { nowMs: NOW_MS - HOUR_MS }

  it('is refused by the coordinator in time, and the round goes on', async () => {
    const { end } = await play(await certified(old))
    expect([...end.blamed]).toEqual([[VILLAIN, 'TACIT_CREDENTIAL_INVALID']])
    expect([end.survivors.length, end.left.size]).toEqual([11, 0])
  })

  it.each([
    ['has no neighbour leave', 'just before its end', LEFT_MS - 1],
    ['has no neighbour leave', 'in the minutes after', LEFT_MS + CLOCK_SKEW_MS - 1],
  ])('%s %s', async (_, __, laterMs) => {
    const environment = asking(-CLOCK_SKEW_MS, NOW_MS + laterMs)
    const { end } = await play({ ...(await certified(old)), environment, coordinator: negligent })
    expect([end.survivors.length, end.left.size]).toEqual([12, 0])
  })

  it('is refused by neighbours once that is over', async () => {
    const environment = asking(-CLOCK_SKEW_MS, NOW_MS + LEFT_MS + CLOCK_SKEW_MS)
    const { end } = await play({ ...(await certified(old)), environment, coordinator: negligent })
    expect([...end.left].filter(([device]) => device !== VILLAIN).length).toBeGreaterThan(0)
    expect(end.sums).toBeUndefined()
  })
})
