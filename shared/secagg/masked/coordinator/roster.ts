import { concatBytes, type Json } from '../../../bytes/index.js'
import { MerkleTree } from '../../../merkle/index.js'
import { committee } from '../../graph/index.js'
import type { Member, SumPlan } from '../../secure-sum.js'
import { toText } from '../bodies.js'
import { compareNames, type Entry, leafOf, nameOf } from '../entry.js'
import { maskingOf } from '../environment.js'
import { type RosterParts, rosterDigest } from '../statements.js'

/** A device that has sent its keys, as the coordinator lists it. */
export interface Listed {
  readonly member: Member
  readonly entry: Entry
  readonly name: Uint8Array
}

export function listed(member: Member, entry: Entry): Listed {
  return { member, entry, name: nameOf(entry.identity) }
}

/** The list that the coordinator commits to for one attempt at a graph. */
export class Roster implements RosterParts {
  readonly attempt: number
  /** By ascending name. */
  readonly list: readonly Listed[]
  readonly names: Uint8Array
  readonly digest: Uint8Array
  /** Indices of those who reveal their values for the graph. */
  readonly committee: Int32Array
  /** What all devices are told of it. */
  readonly body: Json
  readonly #tree: MerkleTree

  constructor(plan: SumPlan, attempt: number, devices: readonly Listed[]) {
    this.attempt = attempt
    this.list = devices.toSorted((a, b) => compareNames(a.name, b.name))
    this.names = concatBytes(...this.list.map(({ name }) => name))
    this.#tree = new MerkleTree(this.list.map(({ entry }) => leafOf(entry)))
    this.digest = rosterDigest(plan, this)
    const { members, root, names } = this
    this.body = { attempt, members, root: toText(root), names: toText(names) }
    const { adversarial } = maskingOf(plan)
    this.committee = this.members > 0 ? committee(this.digest, this.members, adversarial) : new Int32Array()
  }

  get members(): number {
    return this.list.length
  }

  get root(): Uint8Array {
    return this.#tree.root
  }

  proof(index: number): Uint8Array {
    return this.#tree.proof(index)
  }
}
