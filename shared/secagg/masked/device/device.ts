import { type Json, sha256Hex, utf8ToBytes } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { DeviceSumEffect, OwnSide, SumDevice, SumPlan } from '../../secure-sum.js'
import { type MaskedEnvironment, maskingOf } from '../environment.js'
import { sendKeys } from './keys-sent.js'
import { Masking } from './masking.js'
import type { DeviceContext, DeviceState, Next } from './state.js'

const MOST_WAITING = 4

/**
 * A device's side of a masked round: hands what it hears to its present state, one message at a time. A message
 * that was handled and comes again, byte for byte, says that the coordinator does not know; any other second
 * message is refused.
 */
export class MaskedDevice implements SumDevice {
  readonly #context: DeviceContext
  #state: DeviceState | undefined
  #busy = false
  #wiped = false
  #vector: Uint32Array | undefined
  #contributed = false
  /** Digest of the message handled last. */
  #heard = ''
  #said: DeviceSumEffect[] = []
  /** Came while the message before was being worked on: the coordinator does not wait for every one. */
  #waiting: { readonly step: string; readonly body: Json }[] = []

  /** @throws TACIT_PLAN_REFUSED */
  constructor(plan: SumPlan, own: OwnSide, environment: MaskedEnvironment) {
    this.#context = { plan, masking: maskingOf(plan), own, environment }
  }

  start(): DeviceSumEffect[] {
    if (this.#state || this.#busy) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a second start' })
    return this.#compute(() => sendKeys(this.#context))
  }

  receive(step: string, body: Json): DeviceSumEffect[] {
    if (this.#wiped) throw outOfPhase(step)
    if (this.#busy) {
      if (this.#waiting.length >= MOST_WAITING) throw outOfPhase(step)
      this.#waiting.push({ step, body })
      return []
    }
    const message = sha256Hex(utf8ToBytes(JSON.stringify([step, body])))
    if (message === this.#heard) return []
    const state = this.#state
    if (!state?.takes.includes(step)) throw outOfPhase(step)
    this.#heard = message
    return this.#compute(() => state.receive(step, body))
  }

  contribute(vector: Uint32Array): DeviceSumEffect[] {
    if (this.#contributed) throw new TacitError('TACIT_DUPLICATE_MESSAGE', { what: 'vector' })
    this.#contributed = true
    if (this.#wiped) {
      vector.fill(0)
      return []
    }
    this.#vector = vector
    return this.#maskIfReady()
  }

  resume(): DeviceSumEffect[] {
    return [...this.#said]
  }

  wipe(): void {
    this.#wiped = true
    this.#vector?.fill(0)
    this.#vector = undefined
    this.#state?.wipe()
    this.#said = []
    this.#waiting = []
  }

  #maskIfReady(): DeviceSumEffect[] {
    const state = this.#state
    const vector = this.#vector
    if (this.#busy || !vector || !(state instanceof Masking)) return []
    this.#vector = undefined
    return this.#compute(() => state.mask(vector))
  }

  #compute(work: () => Promise<Next>): DeviceSumEffect[] {
    this.#busy = true
    return [{ type: 'compute', run: async () => this.#entering(await work()) }]
  }

  #entering({ state, says, uploads }: Next): () => DeviceSumEffect[] {
    return () => {
      this.#busy = false
      if (this.#wiped) {
        state.wipe()
        uploads?.fill(0)
        return []
      }
      this.#state = state
      const effects: DeviceSumEffect[] = []
      if (says) effects.push({ type: 'send', ...says })
      if (uploads) effects.push({ type: 'upload', packed: uploads })
      if (effects.length > 0) this.#said = effects
      return [...effects, ...this.#maskIfReady(), ...this.#takeWaiting()]
    }
  }

  #takeWaiting(): DeviceSumEffect[] {
    const effects: DeviceSumEffect[] = []
    while (!this.#busy) {
      const next = this.#waiting.shift()
      if (!next) break
      effects.push(...this.receive(next.step, next.body))
    }
    return effects
  }
}

function outOfPhase(step: string): TacitError {
  return new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
}
