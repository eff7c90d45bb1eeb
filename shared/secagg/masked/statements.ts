import { digest, encodeParts, hexToBytes } from '../../bytes/index.js'
import { hkdf } from '../../crypto/index.js'
import type { GraphParameters } from '../parameters.js'
import type { SumPlan } from '../secure-sum.js'

/**
 * Everything of a masked round that is hashed, signed, or derived, each under a label of its own. H_plan is the
 * digest of the plan; H_cfg (`config`) is that of all a group has agreed on, bound into whatever follows it.
 */

/** Of one entry of the list of devices. All of them 32 bytes, the signature 64. */
export interface EntryKeys {
  /** Ed25519: the device's key of this round. */
  readonly identity: Uint8Array
  /** X25519: for the channels on which shares travel. */
  readonly channel: Uint8Array
  /** X25519: for the masks. */
  readonly mask: Uint8Array
  /** To the values that the device may have to reveal for the graph. */
  readonly commitment: Uint8Array
}

/** What a device signs with its identity key in step 0. */
export function keysStatement(plan: SumPlan, keys: EntryKeys): Uint8Array {
  const { identity, channel, mask, commitment } = keys
  return encodeParts('tacit/keys/1', planHash(plan), identity, channel, mask, commitment)
}

export interface RosterParts {
  readonly attempt: number
  readonly members: number
  /** Of the Merkle tree over the entries. */
  readonly root: Uint8Array
  /** 8 bytes for each member, ascending. */
  readonly names: Uint8Array
}

/** What the coordinator commits to before anything is revealed: 32 bytes. */
export function rosterDigest(plan: SumPlan, { attempt, members, root, names }: RosterParts): Uint8Array {
  return digest('tacit/roster/1', planHash(plan), attempt, members, root, names)
}

/**
 * What one of the committee signs with the value that it reveals: else values revealed for one list would help a
 * coordinator to try out others, whose graphs it then knew before anyone was shown them.
 */
export function revealStatement(roster: Uint8Array, value: Uint8Array): Uint8Array {
  return encodeParts('tacit/reveal/1', roster, value)
}

export interface ConfigParts {
  readonly roster: Uint8Array
  readonly group: number
  readonly size: number
  readonly parameters: Pick<GraphParameters, 'neighbours' | 'threshold'>
  readonly seed: Uint8Array
}

/** H_cfg, 32 bytes. */
export function configDigest(
  plan: SumPlan,
  { roster, group, size, parameters, seed }: ConfigParts,
): Uint8Array {
  const { neighbours, threshold } = parameters
  const { length, modulusBits } = plan
  return digest(
    'tacit/config/1',
    planHash(plan),
    roster,
    group,
    size,
    neighbours,
    threshold,
    length,
    modulusBits,
    seed,
  )
}

/** Key of the channel on which the shares of one device travel to another; it seals one message. */
export function channelKey(agreed: Uint8Array, config: Uint8Array, from: number, to: number): Uint8Array {
  return hkdf(agreed, config, encodeParts('tacit/channel/1', from, to), 32)
}

/** What is bound to the shares sealed from one place to another. */
export function shareData(config: Uint8Array, from: number, to: number): Uint8Array {
  return encodeParts('tacit/shares/1', config, from, to)
}

/** Key of the mask that two devices share, of which one adds what the other subtracts. */
export function pairMaskKey(agreed: Uint8Array, config: Uint8Array, a: number, b: number): Uint8Array {
  return hkdf(agreed, config, encodeParts('tacit/pair-mask/1', Math.min(a, b), Math.max(a, b)), 32)
}

/** The lower place adds, the higher subtracts. */
export function pairMaskSign(own: number, other: number): 1 | -1 {
  return own < other ? 1 : -1
}

/** Key of the mask that a device adds for itself, and that the coordinator takes away if it survives. */
export function selfMaskKey(secret: Uint8Array, config: Uint8Array): Uint8Array {
  return hkdf(secret, config, encodeParts('tacit/self-mask/1'), 32)
}

/** By which the coordinator knows that it opened the right secret. */
export function selfMaskCommitment(secret: Uint8Array, config: Uint8Array, place: number): Uint8Array {
  return digest('tacit/self-mask-commitment/1', config, place, secret)
}

/** What every survivor signs: who of the group survived. */
export function survivorsStatement(config: Uint8Array, survivors: Uint8Array): Uint8Array {
  return encodeParts('tacit/survivors/1', config, survivors)
}

function planHash(plan: SumPlan): Uint8Array {
  return hexToBytes(plan.planHash)
}
