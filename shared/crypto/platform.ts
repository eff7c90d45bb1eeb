import { type NodeCrypto, nodeSuite } from './node.js'
import type { CryptoSuite } from './suite.js'
import { type SubtleLike, webCiphers, webSuite } from './web.js'

/** What of the platform decides; each is a global where there is one. */
export interface Platform {
  readonly process: { readonly getBuiltinModule: ((name: string) => unknown) | undefined } | undefined
  readonly crypto: { readonly subtle: SubtleLike | undefined } | undefined
}

let chosen: Promise<CryptoSuite> | undefined

/**
 * The best suite of this platform, always the same: Node's where there is `node:crypto` (from Node 20.16); else
 * WebCrypto; else WebCrypto with the curves of @noble, where it lacks them; else, in a page that was not loaded
 * over HTTPS and has no WebCrypto, @noble alone. The last two load @noble and say so by their name, 'noble'.
 */
export function platformSuite(): Promise<CryptoSuite> {
  chosen ??= chooseSuite(globalThis as unknown as Platform)
  return chosen
}

export async function chooseSuite(platform: Platform): Promise<CryptoSuite> {
  const node = platform.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (node) {
    const suite = nodeSuite(node)
    if (await hasCurves(suite)) return suite
  }
  const subtle = platform.crypto?.subtle
  if (subtle) {
    const suite = webSuite(subtle)
    if (await hasCurves(suite)) return suite
  }
  const { nobleCurves, nobleSuite } = await import('./noble.js')
  return subtle ? { name: 'noble', ...nobleCurves, ...webCiphers(subtle) } : nobleSuite()
}

/** Uses both curves: platforms have been known to name what they cannot do, or to do half of it. */
async function hasCurves(suite: CryptoSuite): Promise<boolean> {
  try {
    const secret = new Uint8Array(32).fill(1)
    const { publicKey, agree } = await suite.agreementKey(secret)
    const shared = await agree(publicKey)
    const signing = await suite.signingKey(secret)
    return shared.length === 32 && suite.verify(signing.publicKey, secret, await signing.sign(secret))
  } catch {
    return false
  }
}
