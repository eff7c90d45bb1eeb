import type { Json } from '@tacit/shared/bytes'
import type { DeviceSumEffect, SumDevice } from '@tacit/shared/secagg'

/**
 * A device's side of a secure sum, without a socket. What it hears waits until the schedule asks what it says:
 * a device that is lost before that has computed nothing.
 */
export class SimulatedDevice {
  readonly #machine: SumDevice
  /** What it heard and has not dealt with yet, in order. */
  #heard: (() => DeviceSumEffect[])[]
  /** By step, in order: to another list of members it says the same step again. */
  readonly #said = new Map<string, Json[]>()
  #packed: Uint8Array | undefined

  constructor(machine: SumDevice) {
    this.#machine = machine
    this.#heard = [() => machine.start()]
  }

  hear(step: string, body: Json): void {
    this.#heard.push(() => this.#machine.receive(step, body))
  }

  /** What the device answers at a step, to all that it has heard. */
  async says(step: string): Promise<Json> {
    await this.catchUp()
    const body = this.#said.get(step)?.shift()
    if (body === undefined) throw new Error(`a device has nothing to say at ${step}`)
    return body
  }

  /** Hands over the quantised vector, which is overwritten; answers what is to be uploaded. */
  async upload(vector: Uint32Array): Promise<Uint8Array> {
    await this.catchUp()
    await this.#carryOut(this.#machine.contribute(vector))
    if (!this.#packed) throw new Error('a device has a vector, and does not upload it')
    return this.#packed
  }

  /** @throws TacitError on what no correct coordinator sends */
  async catchUp(): Promise<void> {
    const heard = this.#heard
    this.#heard = []
    for (const deal of heard) await this.#carryOut(deal())
  }

  wipe(): void {
    this.#machine.wipe()
  }

  async #carryOut(effects: readonly DeviceSumEffect[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.type) {
        case 'send':
          this.#said.set(effect.step, [...(this.#said.get(effect.step) ?? []), effect.body])
          break
        case 'upload':
          this.#packed = effect.packed
          break
        case 'compute':
          await this.#carryOut((await effect.run())())
      }
    }
  }
}
