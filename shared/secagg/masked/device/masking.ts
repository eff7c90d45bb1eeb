import type { Json } from '../../../bytes/index.js'
import type { Mask } from '../../../crypto/index.js'
import { TacitError } from '../../../errors/index.js'
import { pack } from '../../../update/index.js'
import { pairMaskKey, pairMaskSign, selfMaskKey } from '../statements.js'
import { type DeviceKeys, wipeKeys } from './keys-sent.js'
import type { Neighbourhood } from './neighbourhood.js'
import type { DeviceContext, DeviceState, Next } from './state.js'
import { Uploaded } from './uploaded.js'

/** What a device holds once it knows which neighbours have dealt their shares. */
export interface Armed {
  readonly keys: DeviceKeys
  readonly around: Neighbourhood
  readonly selfSecret: Uint8Array
  /** Which of the neighbours have dealt shares, as positions in `around.neighbours`, ascending. */
  readonly alive: readonly number[]
  /** The pair of shares from each neighbour, 64 bytes; undefined where there is none. */
  readonly shares: readonly (Uint8Array | undefined)[]
}

/** Step 2: waits for the device's vector, and masks it. */
export class Masking implements DeviceState {
  readonly takes: readonly string[] = []
  readonly #context: DeviceContext
  readonly #armed: Armed

  constructor(context: DeviceContext, armed: Armed) {
    this.#context = context
    this.#armed = armed
  }

  async receive(step: string, _body: Json): Promise<Next> {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  /**
   * y = x + PRG(b) + the masks of all living neighbours, modulo 2^b (Bell et al. 2020, figure 2).
   * @param vector words modulo 2^32, overwritten
   */
  async mask(vector: Uint32Array): Promise<Next> {
    const { plan, environment } = this.#context
    const suite = await environment.suite()
    try {
      const masks = await this.#masks()
      await suite.addMasks(masks, vector)
      for (const { key } of masks) key.fill(0)
    } catch (error) {
      vector.fill(0)
      throw error
    }
    const packed = pack(vector, plan.modulusBits)
    vector.fill(0)
    const { keys, selfSecret, ...rest } = this.#armed
    // Its own secrets are with the neighbours now, in shares.
    for (const secret of [keys.maskSecret, keys.chainSecret, selfSecret]) secret.fill(0)
    return {
      state: new Uploaded(this.#context, { identity: keys.identity, ...rest }, packed),
      uploads: packed,
    }
  }

  async #masks(): Promise<Mask[]> {
    const { keys, around, selfSecret, alive } = this.#armed
    const { config, place } = around
    const pairs = alive.map(async (i): Promise<Mask> => {
      const other = around.neighbours[i]!
      const agreed = await keys.mask.agree(other.entry.mask)
      const key = pairMaskKey(agreed, config, place, other.place)
      agreed.fill(0)
      return { key, sign: pairMaskSign(place, other.place) }
    })
    return [{ key: selfMaskKey(selfSecret, config), sign: 1 }, ...(await Promise.all(pairs))]
  }

  wipe(): void {
    const { keys, selfSecret, shares } = this.#armed
    wipeKeys(keys)
    selfSecret.fill(0)
    for (const pair of shares) pair?.fill(0)
  }
}
