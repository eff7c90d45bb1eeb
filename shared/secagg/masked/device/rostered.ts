import type { Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { chainValue, committee, MAX_ATTEMPTS } from '../../graph/index.js'
import { parseBody, rosterSchema, toBytes, toText } from '../bodies.js'
import { checkNames, indexOfName, nameOf } from '../entry.js'
import { type RosterParts, revealStatement, rosterDigest } from '../statements.js'
import { type DeviceKeys, wipeKeys } from './keys-sent.js'
import { dealShares } from './shares-sent.js'
import type { DeviceContext, DeviceState, Next } from './state.js'

/** The list that the coordinator has committed to, as this device checked it. */
export interface DeviceRoster extends RosterParts {
  readonly digest: Uint8Array
  /** Where this device stands in it. */
  readonly index: number
  readonly committee: Int32Array
}

/**
 * The coordinator commits to the list of devices: `roster`, or `draw` for those of its committee, who reveal
 * their values. A later list, which must be of a later attempt, takes the place of one whose committee was lost.
 * @throws TACIT_ROSTER_INVALID, TACIT_GROUP_TOO_SMALL
 */
export async function enterRoster(
  context: DeviceContext,
  keys: DeviceKeys,
  step: string,
  body: Json,
  after: number,
): Promise<Next> {
  const roster = readRoster(context, keys, body)
  const { attempt } = roster
  if (attempt <= after) throw invalid(`attempt ${attempt} follows attempt ${after}`)
  const state = new Rostered(context, keys, roster)
  if (step === 'roster') return { state }
  if (!roster.committee.includes(roster.index)) throw invalid('this device is not of its committee')
  const value = chainValue(keys.chainSecret, attempt)
  const signed = await keys.identity.sign(revealStatement(roster.digest, value))
  return {
    state,
    says: { step: 'reveal', body: { attempt, value: toText(value), signed: toText(signed) } },
  }
}

function readRoster({ plan, masking, own }: DeviceContext, keys: DeviceKeys, body: Json): DeviceRoster {
  const { attempt, members, root, names } = parseBody(rosterSchema, 'roster', body)
  if (attempt > MAX_ATTEMPTS) throw invalid(`attempt ${attempt} of ${MAX_ATTEMPTS}`)
  const least = Math.max(plan.minimum, own.limits.minimumCohort)
  if (members < least) {
    throw new TacitError('TACIT_GROUP_TOO_SMALL', { problem: `${members} devices, ${least} are wanted` })
  }
  const parts = { attempt, members, root: toBytes(root), names: toBytes(names) }
  checkNames(parts.names, members)
  const index = indexOfName(parts.names, nameOf(keys.entry.identity))
  if (index < 0) throw invalid('this device is not in it')
  const digest = rosterDigest(plan, parts)
  return { ...parts, digest, index, committee: committee(digest, members, masking.adversarial) }
}

class Rostered implements DeviceState {
  readonly takes = ['roster', 'draw', 'neighbours']
  readonly #context: DeviceContext
  readonly #keys: DeviceKeys
  readonly #roster: DeviceRoster

  constructor(context: DeviceContext, keys: DeviceKeys, roster: DeviceRoster) {
    this.#context = context
    this.#keys = keys
    this.#roster = roster
  }

  async receive(step: string, body: Json): Promise<Next> {
    return step === 'neighbours'
      ? dealShares(this.#context, this.#keys, this.#roster, body)
      : enterRoster(this.#context, this.#keys, step, body, this.#roster.attempt)
  }

  wipe(): void {
    wipeKeys(this.#keys)
  }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_ROSTER_INVALID', { problem })
}
