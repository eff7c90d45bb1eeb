import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { hasPlace } from '../bitmap.js'
import { parseBody, signaturesSchema, toBytes, toText } from '../bodies.js'
import { survivorsStatement } from '../statements.js'
import { Finished } from './finished.js'
import { SHARE_BYTES } from './shares-sent.js'
import type { DeviceContext, DeviceState, Next } from './state.js'
import type { Sent } from './uploaded.js'

/** Step 4: tells one share per neighbour, once enough of them have signed the same list of survivors. */
export class Agreed implements DeviceState {
  readonly takes = ['signatures']
  readonly #context: DeviceContext
  readonly #sent: Sent
  readonly #survivors: Uint8Array

  constructor(context: DeviceContext, sent: Sent, survivors: Uint8Array) {
    this.#context = context
    this.#sent = sent
    this.#survivors = survivors
  }

  async receive(_step: string, body: Json): Promise<Next> {
    await this.#checkSignatures(parseBody(signaturesSchema, 'signatures', body).signatures)
    const shares = this.#oneShareEach().map((share) => (share ? toText(share) : null))
    this.wipe()
    return { state: new Finished(), says: { step: 'unmask', body: { shares } } }
  }

  /** @throws TACIT_SURVIVORS_INCONSISTENT unless a threshold of neighbours signed this device's own list */
  async #checkSignatures(signatures: readonly (string | null)[]): Promise<void> {
    const { neighbours, parameters, config } = this.#sent.around
    const refuse = (problem: string) => new TacitError('TACIT_SURVIVORS_INCONSISTENT', { problem })
    if (signatures.length !== neighbours.length) throw refuse(`${signatures.length} signatures`)
    const suite = await this.#context.environment.suite()
    const statement = survivorsStatement(config, this.#survivors)
    let signed = 0
    for (const [i, text] of signatures.entries()) {
      if (text === null) continue
      const { place, entry } = neighbours[i]!
      if (!hasPlace(this.#survivors, place)) throw refuse('one who is not among them signed')
      if (!(await suite.verify(entry.identity, statement, toBytes(text)))) {
        throw refuse('a neighbour did not sign this list')
      }
      signed++
    }
    if (signed < parameters.threshold) {
      throw refuse(`${signed} neighbours signed it, ${parameters.threshold} are needed`)
    }
  }

  /** Of the self mask where the neighbour survived, of the mask key where it is gone: never both. */
  #oneShareEach(): (Uint8Array | undefined)[] {
    const { shares, around } = this.#sent
    return shares.map((pair, i) => {
      const from = hasPlace(this.#survivors, around.neighbours[i]!.place) ? 0 : SHARE_BYTES
      return pair?.slice(from, from + SHARE_BYTES)
    })
  }

  wipe(): void {
    for (const pair of this.#sent.shares) pair?.fill(0)
  }
}
