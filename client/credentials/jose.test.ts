import {
  ed25519IssuerKey,
  type IssuerKey,
  issueCredential,
  publicJwks,
  trustedIssuer,
  verifyCredential,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

/** A storefront's back end may issue with `jose` instead, and check with it what ours issues. */
const NAMES = { issuer: 'https://shop.example', audience: 'homepage' }
const HEADER = { kid: 'k', typ: 'tacit-device+jwt' }

const suite = await platformSuite()
const device = await suite.signingKey(new Uint8Array(32).fill(7))
const x = Buffer.from(device.publicKey).toString('base64url')
const cnf = { jwk: { kty: 'OKP', crv: 'Ed25519', x } }

/** A key of ours whose private part `jose` holds, as a KMS would. */
async function es256Key(): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const point = [Buffer.of(4), Buffer.from(jwk.x!, 'base64url'), Buffer.from(jwk.y!, 'base64url')]
  return {
    kid: 'k',
    alg: 'ES256',
    publicKey: new Uint8Array(Buffer.concat(point)),
    sign: async (bytes) => {
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
      return new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, new Uint8Array(bytes)))
    },
  }
}

describe.each(['EdDSA', 'ES256'] as const)('%s credentials', (alg) => {
  it('that jose signs hold here', async () => {
    const { privateKey, publicKey } = await generateKeyPair(alg, alg === 'EdDSA' ? { crv: 'Ed25519' } : {})
    const now = Math.floor(Date.now() / 1000)
    const token = await new SignJWT({ cnf, round: 7 })
      .setProtectedHeader({ alg, ...HEADER })
      .setIssuer(NAMES.issuer)
      .setAudience(NAMES.audience)
      .setIssuedAt(now)
      .setExpirationTime(now + 3600)
      .sign(privateKey)
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg, use: 'sig' }
    const trust = trustedIssuer({ ...NAMES, jwks: { keys: [jwk] } })
    await verifyCredential(token, device.publicKey, { round: 7 }, trust, now * 1000, suite)
    const other = await generateKeyPair(alg, alg === 'EdDSA' ? { crv: 'Ed25519' } : {})
    const foreign = { ...(await exportJWK(other.publicKey)), kid: 'k' }
    const distrust = trustedIssuer({ ...NAMES, jwks: { keys: [foreign] } })
    await expect(
      verifyCredential(token, device.publicKey, { round: 7 }, distrust, now * 1000, suite),
    ).rejects.toMatchObject({ code: 'TACIT_CREDENTIAL_INVALID' })
  })

  it('that are issued here hold with jose', async () => {
    const key =
      alg === 'ES256' ? await es256Key() : await ed25519IssuerKey('k', new Uint8Array(32).fill(3), suite)
    const token = await issueCredential(
      { key, ...NAMES, publicKey: device.publicKey, round: 7, nowMs: Date.now(), lifetimeMs: 3_600_000 },
      suite,
    )
    const keys = createLocalJWKSet({ keys: publicJwks([key]).keys.map((jwk) => ({ ...jwk })) as never })
    const { payload, protectedHeader } = await jwtVerify(token, keys, { ...NAMES, typ: HEADER.typ })
    expect(protectedHeader).toEqual({ alg, ...HEADER })
    expect(payload).toMatchObject({ cnf, round: 7 })
  })
})

describe('RFC 8037, appendix A.4', () => {
  it('is signed here as it is printed there', async () => {
    const seed = Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url')
    const input = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc'
    const key = await ed25519IssuerKey('k', new Uint8Array(seed), suite)
    const signature = await key.sign(new TextEncoder().encode(input))
    expect(Buffer.from(signature).toString('base64url')).toBe(
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    )
    expect(publicJwks([key]).keys[0]).toMatchObject({ x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' })
  })
})
