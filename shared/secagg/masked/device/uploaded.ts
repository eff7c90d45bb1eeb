import type { Json } from '../../../bytes/index.js'
import type { SigningKey } from '../../../crypto/index.js'
import { TacitError } from '../../../errors/index.js'
import { countPlaces, hasPlace, isBitmapOf } from '../bitmap.js'
import { parseBody, survivorsSchema, toBytes, toText } from '../bodies.js'
import { adversariesAmong } from '../group-parameters.js'
import { survivorsStatement } from '../statements.js'
import { Agreed } from './agreed.js'
import type { Armed } from './masking.js'
import type { DeviceContext, DeviceState, Next } from './state.js'

export interface Sent extends Omit<Armed, 'keys' | 'selfSecret'> {
  readonly identity: SigningKey
}

/** Step 3: the coordinator states who survived; the device checks what it can and signs it. */
export class Uploaded implements DeviceState {
  readonly takes = ['survivors']
  readonly #context: DeviceContext
  readonly #sent: Sent
  readonly #packed: Uint8Array

  constructor(context: DeviceContext, sent: Sent, packed: Uint8Array) {
    this.#context = context
    this.#sent = sent
    this.#packed = packed
  }

  async receive(_step: string, body: Json): Promise<Next> {
    const survivors = toBytes(parseBody(survivorsSchema, 'survivors', body).survivors)
    checkSurvivors(this.#context, this.#sent, survivors)
    const statement = survivorsStatement(this.#sent.around.config, survivors)
    const signature = await this.#sent.identity.sign(statement)
    this.#packed.fill(0)
    return {
      state: new Agreed(this.#context, this.#sent, survivors),
      says: { step: 'consistency', body: { signature: toText(signature) } },
    }
  }

  wipe(): void {
    this.#packed.fill(0)
    for (const pair of this.#sent.shares) pair?.fill(0)
  }
}

/** @throws TACIT_SURVIVORS_INCONSISTENT */
function checkSurvivors(
  { own, masking }: DeviceContext,
  { around, alive }: Sent,
  survivors: Uint8Array,
): void {
  const { size, place, minimum, neighbours, parameters } = around
  const refuse = (problem: string) => new TacitError('TACIT_SURVIVORS_INCONSISTENT', { problem })
  if (!isBitmapOf(survivors, size)) throw refuse(`it is no list of a group of ${size}`)
  if (!hasPlace(survivors, place)) throw refuse('this device is not among them')
  const count = countPlaces(survivors)
  const least = Math.max(minimum, own.limits.minimumCohort + adversariesAmong(masking, size))
  if (count < least) throw refuse(`${count} of them, ${least} are wanted`)
  const living = new Set(alive)
  const surviving = neighbours.flatMap((neighbour, i) => (hasPlace(survivors, neighbour.place) ? [i] : []))
  if (!surviving.every((i) => living.has(i))) throw refuse('one of them had dealt no shares')
  if (surviving.length < parameters.threshold) {
    throw refuse(`${surviving.length} neighbours among them, ${parameters.threshold} are needed`)
  }
}
