import { describe, expect, it, vi } from 'vitest'
import { bytesToHex } from '../bytes/index.js'
import type { NodeCrypto } from './node.js'
import { chooseSuite, platformSuite } from './platform.js'
import type { CryptoSuite } from './suite.js'
import { node, subtle } from './testing/modules.js'
import type { SubtleLike } from './web.js'

const noCurves = vi.hoisted(() => ({ loaded: 0 }))
vi.mock('./noble.js', async (original) => {
  noCurves.loaded++
  return original()
})

const withNode = (crypto: NodeCrypto) => ({
  getBuiltinModule: (name: string) => (name === 'node:crypto' ? crypto : undefined),
})
const nothing = { process: undefined, crypto: undefined }

/** A WebCrypto that answers this to whatever needs the curve. */
function subtleWithout(curve: 'X25519' | 'Ed25519', answer: () => Promise<never>): SubtleLike {
  return new Proxy(subtle, {
    get:
      (target, method: keyof SubtleLike) =>
      (...args: unknown[]) => {
        const asks = args.some((arg) => (arg as { name?: unknown } | null)?.name === curve)
        if (asks) return answer()
        return (target[method] as (...args: unknown[]) => unknown).apply(target, args)
      },
  })
}

const unsupported = () => Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'))

/** Bytes that go through every primitive. */
async function everything(suite: CryptoSuite): Promise<string> {
  const secret = new Uint8Array(32).fill(9)
  const own = await suite.agreementKey(secret)
  const signing = await suite.signingKey(secret)
  const signature = await signing.sign(secret)
  expect(await suite.verify(signing.publicKey, secret, signature)).toBe(true)
  const sealed = await suite.seal(secret, signature, own.publicKey)
  expect(await suite.open(secret, sealed, own.publicKey)).toEqual(signature)
  expect(await suite.verifyEs256(new Uint8Array(65), secret, signature)).toBe(false)
  const words = new Uint32Array(20_000)
  await suite.addMasks([{ key: secret, sign: -1 }], words)
  const parts = [own.publicKey, await own.agree(signing.publicKey), signing.publicKey, sealed]
  return [...parts, new Uint8Array(words.buffer)].map(bytesToHex).join(' ')
}

describe('the suite of a platform', () => {
  it("is Node's own here, chosen once", async () => {
    const suite = await platformSuite()
    expect(suite.name).toBe('node')
    expect(await platformSuite()).toBe(suite)
    expect(noCurves.loaded).toBe(0)
  })

  it("is WebCrypto's where there is no node:crypto, and loads nothing else", async () => {
    const { process: _, ...browser } = { ...nothing, crypto: { subtle } }
    for (const old of [browser as never, { ...browser, process: { getBuiltinModule: undefined } }]) {
      expect((await chooseSuite(old)).name).toBe('web')
    }
    const bundled = { process: { getBuiltinModule: () => undefined }, crypto: { subtle } }
    expect((await chooseSuite(bundled)).name).toBe('web')
    expect(noCurves.loaded).toBe(0)
  })

  it.each([
    ['has no X25519', subtleWithout('X25519', unsupported)],
    ['has no Ed25519', subtleWithout('Ed25519', unsupported)],
    ['breaks off with another error', subtleWithout('Ed25519', () => Promise.reject(new TypeError('x')))],
  ])('takes the curves of @noble where WebCrypto %s, and gives the same bytes', async (_, lacking) => {
    const sealing = vi.spyOn(subtle, 'encrypt')
    const suite = await chooseSuite({ ...nothing, crypto: { subtle: lacking } })
    expect(suite.name).toBe('noble')
    expect(await everything(suite)).toBe(await everything(await platformSuite()))
    // AES is still WebCrypto's.
    expect(sealing).toHaveBeenCalled()
    sealing.mockRestore()
  })

  it('is @noble alone where there is no WebCrypto, and gives the same bytes', async () => {
    for (const platform of [nothing, { ...nothing, crypto: { subtle: undefined } }]) {
      const suite = await chooseSuite(platform)
      expect(suite.name).toBe('noble')
      expect(await everything(suite)).toBe(await everything(await platformSuite()))
    }
  })

  it('is not Node’s where its OpenSSL has no such curves', async () => {
    const lacking: NodeCrypto = {
      ...node,
      createPrivateKey: () => {
        throw new Error('unsupported')
      },
    }
    const platform = { process: withNode(lacking), crypto: { subtle } }
    expect((await chooseSuite(platform)).name).toBe('web')
    expect((await chooseSuite({ ...platform, process: withNode(node) })).name).toBe('node')
  })
})

describe('a Node that reads private keys as JSON Web Keys otherwise', () => {
  const readsOtherwise = (createPrivateKey: NodeCrypto['createPrivateKey']): NodeCrypto => ({
    ...node,
    createPrivateKey: (key) => (key.format === 'jwk' ? createPrivateKey(key) : node.createPrivateKey(key)),
  })

  it.each([
    [
      'because it wants the public half',
      readsOtherwise(() => {
        throw new TypeError('x')
      }),
    ],
    [
      'because it takes another secret',
      readsOtherwise((input) => {
        if (input.format !== 'jwk') return expect.unreachable()
        return node.createPrivateKey({ ...input, key: { ...input.key, d: `${'AA'.repeat(21)}A` } })
      }),
    ],
  ])('is given DER (%s)', async (_, crypto) => {
    const suite = await chooseSuite({ ...nothing, process: withNode(crypto) })
    expect(suite.name).toBe('node')
    expect(await everything(suite)).toBe(await everything(await platformSuite()))
  })
})
