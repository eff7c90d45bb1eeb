import { bytesToHex } from '@tacit/shared/bytes'
import type { AgreementKey, CryptoSuite } from '@tacit/shared/crypto'

/** What was asked of a suite. */
export interface Calls {
  verify: number
  agree: number
  seal: number
  open: number
  /** Streams that were added, whatever their length. */
  masks: number
}

/** The same suite, and a count of what is asked of it. */
export function counting(suite: CryptoSuite): { readonly suite: CryptoSuite; readonly calls: Calls } {
  const calls: Calls = { verify: 0, agree: 0, seal: 0, open: 0, masks: 0 }
  const counted: CryptoSuite = {
    ...suite,
    async agreementKey(secret) {
      const { publicKey, agree } = await suite.agreementKey(secret)
      const countedAgree = (peer: Uint8Array) => {
        calls.agree++
        return agree(peer)
      }
      return { publicKey, agree: countedAgree }
    },
    verify(key, message, signature) {
      calls.verify++
      return suite.verify(key, message, signature)
    },
    seal(key, text, associated) {
      calls.seal++
      return suite.seal(key, text, associated)
    },
    open(key, sealed, associated) {
      calls.open++
      return suite.open(key, sealed, associated)
    },
    addMasks(masks, into) {
      calls.masks += masks.length
      return suite.addMasks(masks, into)
    },
  }
  return { suite: counted, calls }
}

/**
 * For machines that are there to make the others' messages: what they send is right, but they believe every
 * signature, agree on a secret once for both sides, and add masks only where they have vectors.
 */
export function standIn(suite: CryptoSuite, hasVectors: boolean): CryptoSuite {
  const agreed = new Map<string, Uint8Array>()
  return {
    ...suite,
    async agreementKey(secret): Promise<AgreementKey> {
      const { publicKey, agree } = await suite.agreementKey(secret)
      const own = bytesToHex(publicKey)
      const agreeOnce = async (peer: Uint8Array) => {
        const other = bytesToHex(peer)
        const pair = own < other ? own + other : other + own
        const secret = agreed.get(pair) ?? (await agree(peer))
        // Its two sides ask once each. A copy: whoever agreed overwrites it.
        if (!agreed.delete(pair)) agreed.set(pair, secret.slice())
        return secret
      }
      return { publicKey, agree: agreeOnce }
    },
    verify: async () => true,
    addMasks: hasVectors ? suite.addMasks : async () => {},
  }
}
