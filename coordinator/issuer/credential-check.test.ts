import {
  ed25519IssuerKey,
  issueCredential,
  publicJwks,
  ROUND_MARGIN_MS,
  trustedIssuer,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { expect, it } from 'vitest'
import { credentialCheck } from './credential-check.js'

const HOUR_MS = 3_600_000
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }
const NOW_MS = Date.UTC(2026, 0, 5, 12)

it('lets a device in for the round of its credential, as long as that outlasts it', async () => {
  const suite = await platformSuite()
  const key = await ed25519IssuerKey('k', new Uint8Array(32).fill(1), suite)
  const { publicKey } = await suite.signingKey(new Uint8Array(32).fill(2))
  const order = { key, ...NAMES, publicKey, round: 7, nowMs: NOW_MS, lifetimeMs: HOUR_MS }
  const token = await issueCredential(order, suite)
  const trust = trustedIssuer({ ...NAMES, jwks: publicJwks([key]) })
  const check = (round: number, nowMs: number) =>
    credentialCheck(trust, () => nowMs)(token, publicKey, round, suite)
  const latest = NOW_MS + HOUR_MS - ROUND_MARGIN_MS
  await check(7, latest - 1)
  await expect(check(7, latest)).rejects.toMatchObject({ code: 'TACIT_CREDENTIAL_INVALID' })
  await expect(check(8, NOW_MS)).rejects.toMatchObject({ code: 'TACIT_CREDENTIAL_INVALID' })
})
