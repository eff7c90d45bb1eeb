import {
  CLOCK_SKEW_MS,
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  trustedIssuer,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import type * as Secagg from '@tacit/shared/secagg'
import { expect, it, vi } from 'vitest'
import { Device } from './device.js'
import { History } from './history.js'
import { FakeNetwork } from './testing/fake-coordinator.js'
import { ManualTimers } from './testing/manual-timers.js'
import { sample } from './testing/sample.js'

const HOUR_MS = 3_600_000
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }
const NOW_MS = Date.UTC(2026, 0, 5, 12)

const given = vi.hoisted((): { environment?: Secagg.MaskedEnvironment } => ({}))
vi.mock('@tacit/shared/secagg', async (original) => {
  const secagg = await original<typeof Secagg>()
  return {
    ...secagg,
    deviceSums: (environment: Secagg.MaskedEnvironment) => {
      given.environment = environment
      return secagg.deviceSums(environment)
    },
  }
})

it("checks its neighbours' credentials for the round, and a little past their time", async () => {
  const suite = await platformSuite()
  const key = await ed25519IssuerKey('k', new Uint8Array(32).fill(1), suite)
  const { publicKey } = await suite.signingKey(new Uint8Array(32).fill(2))
  const order = { key, ...NAMES, publicKey, round: 7, nowMs: NOW_MS, lifetimeMs: HOUR_MS }
  const token = await issueCredential(order, suite)
  const { openSocket } = new FakeNetwork()
  let nowMs = NOW_MS
  const timers = new ManualTimers()
  const platform = { openSocket, fetch: sample().fetch, timers, jitter: () => 0, now: () => nowMs }
  const issuer = trustedIssuer({ ...NAMES, jwks: publicJwks([key]) })
  new Device({ url: 'http://coordinator.test', task: 'homepage', history: new History(), issuer }, platform)
  const verify = (round: number, at: number) => {
    nowMs = at
    return given.environment!.verifyCredential!(token, publicKey, round, suite)
  }
  const refused = { code: 'TACIT_CREDENTIAL_INVALID' }
  await verify(7, NOW_MS)
  await expect(verify(8, NOW_MS)).rejects.toMatchObject(refused)
  await verify(7, NOW_MS + HOUR_MS + CLOCK_SKEW_MS - 1)
  await expect(verify(7, NOW_MS + HOUR_MS + CLOCK_SKEW_MS)).rejects.toMatchObject(refused)
})
