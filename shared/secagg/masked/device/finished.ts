import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { DeviceState, Next } from './state.js'

/** The device has told its shares and forgotten them. Whatever is asked now is refused. */
export class Finished implements DeviceState {
  readonly takes: readonly string[] = []

  async receive(step: string, _body: Json): Promise<Next> {
    throw new TacitError('TACIT_OUT_OF_PHASE', { what: `step ${step}` })
  }

  wipe(): void {}
}
