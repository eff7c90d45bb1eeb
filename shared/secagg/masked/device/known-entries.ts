import { bytesToHex } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { inclusionHolds } from '../../../merkle/index.js'
import { toBytes, toEntry } from '../bodies.js'
import { type Entry, leafOf, nameAt, nameOf } from '../entry.js'
import { checkCredential } from '../environment.js'
import type { DeviceRoster } from './rostered.js'
import type { DeviceContext } from './state.js'

type ProvenBody = Parameters<typeof toEntry>[0] & { readonly proof: string }

/** The entries of the list that a device was shown: its own, its neighbours', and the committee's. */
export class KnownEntries {
  readonly #roster: DeviceRoster
  readonly #own: Entry
  /** By index in the list. */
  readonly #others = new Map<number, Entry>()

  constructor(roster: DeviceRoster, own: Entry) {
    this.#roster = roster
    this.#own = own
  }

  /** @throws TACIT_ROSTER_INVALID unless this device stands in the list as it sent itself */
  checkOwn(proof: string): void {
    this.#check(this.#roster.index, this.#own, proof)
  }

  /** @throws TACIT_ROSTER_INVALID unless the entry stands at this index of the list */
  read(index: number, { proof, ...body }: ProvenBody): Entry {
    const entry = toEntry(body)
    this.#check(index, entry, proof)
    if (index !== this.#roster.index) this.#others.set(index, entry)
    return entry
  }

  /**
   * Checks that no two entries share a key, and that somebody vouches for each of the others.
   * @throws TACIT_NEIGHBOUR_INVALID, TACIT_CREDENTIAL_INVALID, TACIT_CREDENTIAL_MISSING
   */
  async vouch({ plan, environment }: DeviceContext): Promise<void> {
    checkUnique([this.#own, ...this.#others.values()])
    for (const { credential, identity } of this.#others.values()) {
      await checkCredential(environment, plan, credential, identity)
    }
  }

  #check(index: number, entry: Entry, proof: string): void {
    const { names, root, members: size } = this.#roster
    const isNamed = bytesToHex(nameAt(names, index)) === bytesToHex(nameOf(entry.identity))
    if (isNamed && inclusionHolds({ root, size, index, leaf: leafOf(entry), proof: toBytes(proof) })) return
    throw new TacitError('TACIT_ROSTER_INVALID', { problem: `device ${index} does not stand in it so` })
  }
}

/** One key in two entries would be one device, or the coordinator, in two places. */
function checkUnique(entries: readonly Entry[]): void {
  const seen = new Set<string>()
  for (const { identity, channel, mask } of entries) {
    for (const key of [identity, channel, mask].map(bytesToHex)) {
      if (seen.has(key)) throw new TacitError('TACIT_NEIGHBOUR_INVALID', { problem: 'a key is used twice' })
      seen.add(key)
    }
  }
}
