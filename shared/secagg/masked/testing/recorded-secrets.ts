import { SimulatedSecrets } from '../../../random/index.js'

/** In the order in which a device draws them; what follows are coefficients of its shares. */
export const DRAWN = ['identity', 'channel', 'mask', 'chain', 'self'] as const

/** Keeps hold of every secret that it handed out, so that a test sees whether it was overwritten. */
export class RecordedSecrets extends SimulatedSecrets {
  readonly drawn: Uint8Array[] = []
  /** What they were. */
  readonly copies: Uint8Array[] = []
  readonly #change: ((bytes: Uint8Array, index: number) => void) | undefined

  /** @param change what a test makes of the draw with this index */
  constructor(
    at: { readonly seed: number; readonly device: number },
    change?: (bytes: Uint8Array, index: number) => void,
  ) {
    super(at)
    this.#change = change
  }

  override bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = super.bytes(length)
    this.#change?.(bytes, this.drawn.length)
    this.drawn.push(bytes)
    this.copies.push(bytes.slice())
    return bytes
  }
}
