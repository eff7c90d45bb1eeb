import { bytesToHex } from '../../../bytes/index.js'
import { type AgreementKey, type CryptoSuite, platformSuite } from '../../../crypto/index.js'

/**
 * The platform's suite, but for what it has computed before: the devices of a simulated round check each
 * other's signatures and agree on the same secrets over and over, and rounds of one seed do so again.
 */
export async function rememberingSuite(): Promise<CryptoSuite> {
  chosen ??= remembering(await platformSuite())
  return chosen
}

let chosen: CryptoSuite | undefined

function remembering(suite: CryptoSuite): CryptoSuite {
  const verified = new Memory<boolean>()
  const agreed = new Memory<Uint8Array>()
  const agreementKeys = new Memory<AgreementKey>()
  const signed = new Memory<Uint8Array>()
  return {
    ...suite,
    verify: (key, message, signature) =>
      verified.get([key, signature, message], () => suite.verify(key, message, signature)),
    agreementKey: (secret) =>
      agreementKeys.get([secret], async () => {
        const { publicKey, agree } = await suite.agreementKey(secret)
        const agreeAnew = async (peer: Uint8Array) => {
          const ordered = bytesToHex(publicKey) < bytesToHex(peer) ? [publicKey, peer] : [peer, publicKey]
          // A copy: whoever agreed overwrites it.
          return (await agreed.get(ordered, () => agree(peer))).slice()
        }
        return { publicKey, agree: agreeAnew }
      }),
    async signingKey(seed) {
      const own = seed.slice()
      const key = await suite.signingKey(own)
      return {
        publicKey: key.publicKey,
        sign: (message) => signed.get([own, message], () => key.sign(message)),
      }
    },
  }
}

const MOST_REMEMBERED = 20_000

class Memory<T> {
  readonly #known = new Map<string, T>()

  async get(key: readonly Uint8Array[], compute: () => Promise<T>): Promise<T> {
    const text = key.map(bytesToHex).join()
    const before = this.#known.get(text)
    if (before !== undefined) return before
    const value = await compute()
    if (this.#known.size >= MOST_REMEMBERED) this.#known.clear()
    this.#known.set(text, value)
    return value
  }
}
