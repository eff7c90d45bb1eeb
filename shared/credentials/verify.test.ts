import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64Url, encodeBase64Url } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { ed25519IssuerKey, publicJwks } from './issue.js'
import { trustedIssuer } from './jwks.js'
import {
  AUDIENCE,
  bytes,
  claims,
  deviceKey,
  edKey,
  esKey,
  header,
  ISSUER,
  NOW_MS,
  ROUND,
  signedToken,
  suite,
  trust,
} from './testing/samples.js'
import { MAX_CREDENTIAL_CHARS } from './token.js'
import { CLOCK_SKEW_MS, MAX_LIFETIME_MS, ROUND_MARGIN_MS, verifyCredential } from './verify.js'

const NOW = NOW_MS / 1000
const verify = (token: string, key = deviceKey, nowMs = NOW_MS) =>
  verifyCredential(token, key, { round: ROUND }, trust, nowMs, suite)
const verifyFor = (token: string, validForMs: number, nowMs = NOW_MS) =>
  verifyCredential(token, deviceKey, { round: ROUND, validForMs }, trust, nowMs, suite)
const refused = (problem: RegExp | string) =>
  expect.objectContaining({
    code: 'TACIT_CREDENTIAL_INVALID',
    details: { problem: expect.stringMatching(problem) },
  })

const jwk = { kty: 'OKP', crv: 'Ed25519', x: encodeBase64Url(deviceKey) }
const esHeader = { ...header, alg: 'ES256', kid: 'es-1' }
const sound = await signedToken(header, claims)
const [soundHeader, soundClaims, soundSignature] = sound.split('.') as [string, string, string]

describe('a credential', () => {
  it('holds when a trusted key has signed it, of either kind', async () => {
    await verify(sound)
    await verify(await signedToken(esHeader, claims, esKey))
  })

  it('may be for several audiences, ours among them', async () => {
    await verify(await signedToken(header, { ...claims, aud: ['other', AUDIENCE] }))
    await expect(verify(await signedToken(header, { ...claims, aud: ['other'] }))).rejects.toThrow(
      refused('another audience'),
    )
    await expect(verify(await signedToken(header, { ...claims, aud: [] }))).rejects.toThrow(
      refused('another audience'),
    )
  })

  it('holds to the edge of its times, and not beyond', async () => {
    const at = (iat: number, exp: number) => signedToken(header, { ...claims, iat, exp })
    const longest = MAX_LIFETIME_MS / 1000
    await verify(await at(NOW, NOW + longest))
    await expect(verify(await at(NOW, NOW + longest + 1))).rejects.toThrow(refused('longer than 24 hours'))
    await verify(await at(NOW - 60, NOW + 1))
    await expect(verify(await at(NOW - 60, NOW))).rejects.toThrow(refused('expired'))
    const ahead = NOW + CLOCK_SKEW_MS / 1000
    await verify(await at(ahead, ahead + 60))
    await expect(verify(await at(ahead + 1, ahead + 60))).rejects.toThrow(refused('future'))
  })

  it.each([0, 6, 8, 2 ** 40, -1, Number.NaN])('of round 7 does not hold for %d', async (round) => {
    const verifying = verifyCredential(sound, deviceKey, { round }, trust, NOW_MS, suite)
    await expect(verifying).rejects.toThrow(refused(`it is for round 7, not for ${round}`))
  })

  it('may be for round 0', async () => {
    const token = await signedToken(header, { ...claims, round: 0 })
    await verifyCredential(token, deviceKey, { round: 0 }, trust, NOW_MS, suite)
    await expect(verify(token)).rejects.toThrow(refused('round 0'))
  })

  it('has to hold longer for one who asks for that', async () => {
    const left = (ms: number) => signedToken(header, { ...claims, exp: (NOW_MS + ms) / 1000 })
    await verifyFor(await left(ROUND_MARGIN_MS + 1000), ROUND_MARGIN_MS)
    await expect(verifyFor(await left(ROUND_MARGIN_MS), ROUND_MARGIN_MS)).rejects.toThrow(refused('too soon'))
    await expect(verifyFor(await left(-1000), ROUND_MARGIN_MS)).rejects.toThrow(refused('expired'))
    const ahead = await signedToken(header, { ...claims, iat: NOW + CLOCK_SKEW_MS / 1000 + 1 })
    await expect(verifyFor(ahead, ROUND_MARGIN_MS)).rejects.toThrow(refused('future'))
  })

  it('is taken by one with slack for a while before and after its time', async () => {
    const skew = CLOCK_SKEW_MS / 1000
    const at = (iat: number, exp: number) => signedToken(header, { ...claims, iat, exp })
    await verifyFor(await at(NOW - 3600, NOW - skew + 1), -CLOCK_SKEW_MS)
    await expect(verifyFor(await at(NOW - 3600, NOW - skew), -CLOCK_SKEW_MS)).rejects.toThrow(
      refused('expired'),
    )
    await verifyFor(await at(NOW + 2 * skew, NOW + 3600), -CLOCK_SKEW_MS)
    await expect(verifyFor(await at(NOW + 2 * skew + 1, NOW + 3600), -CLOCK_SKEW_MS)).rejects.toThrow(
      refused('future'),
    )
  })

  it('that the coordinator lets in holds for every device throughout the round', async () => {
    const ROUND_MS = 10 * 60 * 1000
    const iat = fc.integer({ min: NOW - 7200, max: NOW + 7200 })
    const exp = fc.integer({ min: NOW - 7200, max: NOW + 7200 })
    const skew = fc.integer({ min: -CLOCK_SKEW_MS, max: CLOCK_SKEW_MS })
    await fc.assert(
      fc.asyncProperty(iat, exp, skew, fc.nat({ max: ROUND_MS }), async (from, to, skewMs, afterMs) => {
        const token = await signedToken(header, { ...claims, iat: from, exp: to })
        const letsIn = await verifyFor(token, ROUND_MARGIN_MS).then(
          () => true,
          () => false,
        )
        if (letsIn) await verifyFor(token, -CLOCK_SKEW_MS, NOW_MS + skewMs + afterMs)
      }),
    )
  })

  it('does not hold where there is no clock', async () => {
    await expect(verify(sound, deviceKey, Number.NaN)).rejects.toThrow(refused('too soon'))
  })

  it('holds for its own key only, all of it', async () => {
    const { publicKey } = await suite.signingKey(bytes(8))
    for (const key of [publicKey, deviceKey.subarray(0, 31), new Uint8Array([...deviceKey, 0]), bytes(0, 0)])
      await expect(verify(sound, key)).rejects.toThrow(refused('another key'))
  })

  it('of a key that was taken out of the set does not hold', async () => {
    const others = trustedIssuer({ issuer: ISSUER, audience: AUDIENCE, jwks: publicJwks([esKey]) })
    await expect(verifyCredential(sound, deviceKey, { round: ROUND }, others, NOW_MS, suite)).rejects.toThrow(
      refused('no key with its kid'),
    )
  })
})

describe('what is no credential', () => {
  // RFC 8037, appendix A.4: a JWS that holds, and is neither typed nor of JSON.
  const rfc8037 =
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg'

  it.each([
    ['nothing', '', '1 parts'],
    ['two parts', `${soundHeader}.${soundClaims}`, '2 parts'],
    ['four parts', `${sound}.`, '4 parts'],
    ['five parts, as if encrypted', `${sound}.AA.AA`, '5 parts'],
    ['JSON serialisation', JSON.stringify({ payload: soundClaims }), '1 parts'],
    ['padding', `${sound}==`, 'base64url'],
    ['white space at its end', `${sound}\n`, 'base64url'],
    ['white space within', `${soundHeader}. ${soundClaims}.${soundSignature}`, 'base64url'],
    // The last character of 64 bytes carries two bits: four texts would be the same signature.
    [
      'trailing bits',
      sound.slice(0, -1) + String.fromCharCode(sound.charCodeAt(sound.length - 1) + 1),
      'base64url',
    ],
    ['a header that is no JSON', `AAAA.${soundClaims}.${soundSignature}`, 'header is not JSON'],
    ['an empty header', `.${soundClaims}.${soundSignature}`, 'header is not JSON'],
    ['claims that are no JSON', `${soundHeader}.AAAA.${soundSignature}`, 'claims is not JSON'],
    ['RFC 8037, A.4', rfc8037, '^header'],
  ])('%s', async (_, token, problem) => {
    await expect(verify(token)).rejects.toThrow(refused(problem))
  })

  it('is longer than a bound, signed or not', async () => {
    const pad = (length: number) => `${JSON.stringify(header)}${' '.repeat(length)}`
    const shortest = (await signedToken(pad(0), claims)).length
    const room = Math.floor(((MAX_CREDENTIAL_CHARS - shortest) * 3) / 4)
    await verify(await signedToken(pad(room), claims))
    await expect(verify(await signedToken(pad(room + 3), claims))).rejects.toThrow(refused('characters'))
  })

  it.each<[string, Record<string, unknown> | string, string]>([
    ['no algorithm', { ...header, alg: 'none' }, 'header: alg'],
    ['no algorithm, in capitals', { ...header, alg: 'NONE' }, 'header: alg'],
    ['a shared secret', { ...header, alg: 'HS256' }, 'header: alg'],
    ['RSA', { ...header, alg: 'RS256' }, 'header: alg'],
    ['a list of algorithms', { ...header, alg: ['EdDSA'] }, 'header: alg'],
    ['the algorithm of another key', { ...header, alg: 'ES256' }, "alg is ES256, its key's is EdDSA"],
    ['critical extensions', { ...header, crit: ['exp'], exp: 1 }, 'header: unrecognized'],
    ['unencoded content', { ...header, b64: false }, 'header: unrecognized'],
    ['a key of its own', { ...header, jwk }, 'header: unrecognized'],
    ['a certificate of its own', { ...header, x5c: ['MIIB'] }, 'header: unrecognized'],
    ['a key set of its own', { ...header, jku: 'https://evil.example/jwks.json' }, 'header: unrecognized'],
    ['compression', { ...header, zip: 'DEF' }, 'header: unrecognized'],
    ['no kid', { alg: 'EdDSA', typ: header.typ }, 'header: kid'],
    ['a kid of another kind', { ...header, kid: 1 }, 'header: kid'],
    ['an unknown kid', { ...header, kid: 'ed-2' }, 'no key with its kid'],
    ['a kid that every object has', { ...header, kid: 'constructor' }, 'no key with its kid'],
    ['another type', { ...header, typ: 'JWT' }, 'header: typ'],
    ['no type', { alg: 'EdDSA', kid: 'ed-1' }, 'header: typ'],
    ['a header that is a list', '[]', 'header: invalid_type'],
    ['a header that is null', 'null', 'header: invalid_type'],
    ['a prototype', '{"__proto__":{"alg":"EdDSA","kid":"ed-1","typ":"tacit-device+jwt"}}', 'header'],
    [
      'two algorithms',
      `{"alg":"EdDSA",${JSON.stringify({ ...header, alg: 'none' }).slice(1)}`,
      'header: alg',
    ],
  ])('has %s', async (_, broken, problem) => {
    await expect(verify(await signedToken(broken, claims))).rejects.toThrow(refused(problem))
  })

  it.each<[string, Record<string, unknown> | string, string]>([
    ['another issuer', { ...claims, iss: 'https://shop.example.evil' }, 'another issuer'],
    ['no issuer', { ...claims, iss: undefined }, 'claims: iss'],
    ['another audience', { ...claims, aud: 'homepage2' }, 'another audience'],
    ['no audience', { ...claims, aud: undefined }, 'claims: aud'],
    ['an audience beyond ASCII', { ...claims, aud: 'h\u043emepage' }, 'claims: aud'],
    ['a subject', { ...claims, sub: 'shopper-1' }, 'claims: unrecognized'],
    ['an id', { ...claims, jti: '1' }, 'claims: unrecognized'],
    ['no expiry', { ...claims, exp: undefined }, 'claims: exp'],
    ['an expiry that is text', { ...claims, exp: '9999999999' }, 'claims: exp'],
    ['a fraction of a second', { ...claims, exp: NOW + 0.5 }, 'claims: exp'],
    ['no time of issue', { ...claims, iat: undefined }, 'claims: iat'],
    ['a time before all', { ...claims, iat: -1 }, 'claims: iat'],
    ['no round', { ...claims, round: undefined }, 'claims: round'],
    ['a round that is text', { ...claims, round: '7' }, 'claims: round'],
    ['a list of rounds', { ...claims, round: [7] }, 'claims: round'],
    ['a fraction of a round', { ...claims, round: 7.5 }, 'claims: round'],
    ['a round before all', { ...claims, round: -1 }, 'claims: round'],
    ['a round beyond counting', { ...claims, round: 2 ** 53 }, 'claims: round'],
    ['no key', { ...claims, cnf: undefined }, 'claims: cnf'],
    ['a key by name only', { ...claims, cnf: { kid: 'x' } }, 'claims: cnf'],
    [
      'a key that names the device',
      { ...claims, cnf: { jwk: { ...jwk, kid: 'device-1' } } },
      'claims: cnf.jwk',
    ],
    ['two keys', { ...claims, cnf: { jwk, jku: 'https://evil.example' } }, 'claims: cnf'],
    ['a private key', { ...claims, cnf: { jwk: { ...jwk, d: jwk.x } } }, 'claims: cnf.jwk'],
    ['a key of another curve', { ...claims, cnf: { jwk: { ...jwk, crv: 'X25519' } } }, 'claims: cnf.jwk.crv'],
    ['a key of another kind', { ...claims, cnf: { jwk: { ...jwk, kty: 'EC' } } }, 'claims: cnf.jwk.kty'],
    ['a short key', { ...claims, cnf: { jwk: { ...jwk, x: jwk.x.slice(0, -2) } } }, 'claims: cnf.jwk.x'],
    ['a padded key', { ...claims, cnf: { jwk: { ...jwk, x: `${jwk.x}=` } } }, 'claims: cnf.jwk.x'],
    ['claims that are a list', '[]', 'claims: invalid_type'],
    ['claims nested without end', '['.repeat(1000), 'claims is not JSON'],
  ])('says %s', async (_, broken, problem) => {
    await expect(verify(await signedToken(header, broken))).rejects.toThrow(refused(problem))
  })
})

describe('a signature', () => {
  const input = `${soundHeader}.${soundClaims}`
  const withSignature = (signature: Uint8Array) => `${input}.${encodeBase64Url(signature)}`
  const signature = decodeBase64Url(soundSignature)!

  it.each<[string, () => Promise<string> | string]>([
    ['missing', () => `${input}.`],
    ['of zeros', () => withSignature(bytes(0, 64))],
    ['cut short', () => withSignature(signature.subarray(0, 63))],
    ['too long', () => withSignature(new Uint8Array([...signature, 0]))],
    [
      'for other claims',
      async () => {
        const other = (await signedToken(header, { ...claims, exp: NOW + 7200 })).split('.')
        return `${soundHeader}.${other[1]}.${soundSignature}`
      },
    ],
    [
      'for another header',
      async () => {
        const other = (await signedToken({ typ: header.typ, kid: 'ed-1', alg: 'EdDSA' }, claims)).split('.')
        return `${other[0]}.${soundClaims}.${soundSignature}`
      },
    ],
    [
      'by the device itself',
      async () => signedToken(header, claims, await ed25519IssuerKey('ed-1', bytes(7), suite)),
    ],
    ['by the other key of the issuer', () => signedToken(header, claims, esKey)],
    ['by the first key, called the second', () => signedToken(esHeader, claims, edKey)],
    [
      'that is a keyed hash under the public key',
      () => withSignature(createHmac('sha256', edKey.publicKey).update(input).digest()),
    ],
  ])('%s is refused', async (_, token) => {
    await expect(verify(await token())).rejects.toThrow(refused('signature does not hold'))
  })

  it('with any one bit of the token changed is refused', async () => {
    const position = fc.nat({ max: sound.length - 1 })
    await fc.assert(
      fc.asyncProperty(position, fc.nat({ max: 6 }), async (at, bit) => {
        const flipped = String.fromCharCode(sound.charCodeAt(at) ^ (1 << bit))
        const token = sound.slice(0, at) + flipped + sound.slice(at + 1)
        await expect(verify(token)).rejects.toThrow(refused('.'))
      }),
    )
  })
})

describe('whatever is given', () => {
  it('ends as an error of the catalogue', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.json().map((json) => encodeBase64Url(Buffer.from(json))),
      fc.uint8Array().map(encodeBase64Url),
      fc.constantFrom(soundHeader, soundClaims, soundSignature),
    )
    const token = fc.oneof(
      fc.string({ maxLength: 3000 }),
      fc.string({ unit: 'binary' }),
      fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(token, async (given) => {
        fc.pre(given !== sound)
        await expect(verify(given)).rejects.toBeInstanceOf(TacitError)
      }),
      { numRuns: 500 },
    )
  })
})
