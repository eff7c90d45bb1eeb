import { TacitError } from '@tacit/shared/errors'
import type { DeviceSumEffect, GroupPlan, SecureSum, SumDevice } from '@tacit/shared/secagg'
import { pack } from '@tacit/shared/update'

/**
 * The device's side of a backend with messages of its own: `hello` up, `pad` down, the padded vector, then
 * `reveal` down and up. The vector waits for the pad, whichever comes first.
 */
export class TwoPhaseDevice implements SumDevice {
  readonly #plan: GroupPlan
  #pad: number | undefined
  #vector: Uint32Array | undefined
  #packed: Uint8Array | undefined
  #revealed = false
  wiped = false

  constructor(plan: GroupPlan) {
    this.#plan = plan
  }

  start(): DeviceSumEffect[] {
    return [{ type: 'send', step: 'hello', body: { group: this.#plan.group } }]
  }

  receive(step: string, body: unknown): DeviceSumEffect[] {
    if (step === 'pad' && this.#pad === undefined && typeof body === 'number') {
      this.#pad = body
      return this.#upload()
    }
    if (step === 'reveal' && this.#packed && !this.#revealed) {
      this.#revealed = true
      return [{ type: 'send', step: 'reveal', body: this.#pad! }]
    }
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  contribute(vector: Uint32Array): DeviceSumEffect[] {
    this.#vector = vector
    return this.#upload()
  }

  resume(): DeviceSumEffect[] {
    return [
      ...this.start(),
      ...(this.#packed ? [{ type: 'upload' as const, packed: this.#packed }] : []),
      ...(this.#revealed ? [{ type: 'send' as const, step: 'reveal', body: this.#pad! }] : []),
    ]
  }

  wipe(): void {
    this.wiped = true
    this.#packed?.fill(0)
  }

  #upload(): DeviceSumEffect[] {
    if (this.#pad === undefined || !this.#vector) return []
    const pad = this.#pad
    this.#packed = pack(
      this.#vector.map((word) => word + pad),
      this.#plan.modulusBits,
    )
    return [{ type: 'upload', packed: this.#packed }]
  }
}

/** The backend, and the devices that it made. */
export function twoPhase(): { sum: SecureSum; devices: TwoPhaseDevice[] } {
  const devices: TwoPhaseDevice[] = []
  const sum: SecureSum = {
    name: 'two-phase',
    device: (plan) => {
      const device = new TwoPhaseDevice(plan)
      devices.push(device)
      return device
    },
    coordinator: () => {
      throw new Error('only the device side is under test')
    },
  }
  return { sum, devices }
}
