import type { CryptoSuite } from '../../../crypto/index.js'
import { rememberingSuite } from './remembering-suite.js'

/** What passes between a device and its suite and must not outlive its use. */
export interface Recorded {
  /** Results of key agreements. */
  readonly agreed: Uint8Array[]
  /** Shares on their way to neighbours, and the keys that sealed them. */
  readonly sealed: Uint8Array[]
  /** Shares from neighbours. */
  readonly opened: Uint8Array[]
  /** Keys by which those were opened. */
  readonly openedWith: Uint8Array[]
  /** Keys of masks. */
  readonly masks: Uint8Array[]
}

/** A suite that keeps hold of all secrets of the devices that use it. */
export async function recordingSuite(): Promise<{
  readonly suite: CryptoSuite
  readonly recorded: Recorded
}> {
  const inner = await rememberingSuite()
  const recorded: Recorded = { agreed: [], sealed: [], opened: [], openedWith: [], masks: [] }
  const suite: CryptoSuite = {
    ...inner,
    async agreementKey(secret) {
      const { publicKey, agree } = await inner.agreementKey(secret)
      return {
        publicKey,
        async agree(peer) {
          const agreed = await agree(peer)
          recorded.agreed.push(agreed)
          return agreed
        },
      }
    },
    seal(key, text, associated) {
      recorded.sealed.push(key, text)
      return inner.seal(key, text, associated)
    },
    async open(key, sealed, associated) {
      const text = await inner.open(key, sealed, associated)
      recorded.openedWith.push(key)
      if (text) recorded.opened.push(text)
      return text
    },
    addMasks(masks, into) {
      recorded.masks.push(...masks.map(({ key }) => key))
      return inner.addMasks(masks, into)
    },
  }
  return { suite, recorded }
}
