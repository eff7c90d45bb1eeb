import { type CryptoSuite, platformSuite, type SubtleLike, webSuite } from '@tacit/shared/crypto'
import { nobleSuite } from '../../shared/crypto/noble.js'
import { playTranscript, type Transcript } from '../../shared/secagg/masked/testing/transcript.js'

/** What devices compute with: WebCrypto, @noble alone, or what the platform's own choice is. */
export type PageSuite = 'web' | 'noble' | 'platform'

/** Plays the frozen round in the page, its devices on these in turn. */
export async function playRound(on: readonly PageSuite[]): Promise<Transcript> {
  return playTranscript(await Promise.all(on.map(suiteFor)))
}

/** The name of the suite that the platform's choice is, 'noble' where it lacks the curves. */
export async function chosenSuite(): Promise<string> {
  return (await platformSuite()).name
}

/** Makes this page one of a browser that does not have X25519 and Ed25519 yet. */
export function forgetCurves(): void {
  const { subtle } = crypto
  const refusing = new Proxy(subtle, {
    get:
      (target, method: keyof SubtleCrypto) =>
      (...args: unknown[]) => {
        if (args.some(isOfCurves)) return Promise.reject(new DOMException('x', 'NotSupportedError'))
        return (target[method] as (...args: unknown[]) => unknown).apply(target, args)
      },
  })
  Object.defineProperty(crypto, 'subtle', { value: refusing })
}

function isOfCurves(argument: unknown): boolean {
  return /^(?:X|Ed)25519$/.test((argument as { name?: string } | null)?.name ?? '')
}

async function suiteFor(on: PageSuite): Promise<CryptoSuite> {
  if (on === 'platform') return platformSuite()
  return on === 'noble' ? nobleSuite() : webSuite(crypto.subtle as unknown as SubtleLike)
}

Object.assign(globalThis, { tacitSecagg: { playRound, chosenSuite, forgetCurves } })
