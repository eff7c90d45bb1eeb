import { digest } from '../../bytes/index.js'
import { WordStream } from './stream.js'

/**
 * Where each member of a roster stands: a random permutation of all, cut into the fewest groups of at most
 * `largestGroup` whose sizes differ by one at most. A member's index is that of its entry in the roster; its place
 * is that within its group, counted from 0.
 */
export class Placement {
  readonly groups: number
  readonly #members: number
  /** The member at each position of the permutation, and the other way round. */
  readonly #memberAt: Int32Array
  readonly #positionOf: Int32Array

  /**
   * @param seed of {@link graphSeed}, 32 bytes
   * @param members an integer in [1, 2^31)
   * @param largestGroup an integer >= 1
   * @throws RangeError for anything else
   */
  constructor(seed: Uint8Array, members: number, largestGroup: number) {
    if (!Number.isInteger(members) || members < 1) throw new RangeError(`no roster of ${members}`)
    if (!Number.isInteger(largestGroup) || largestGroup < 1) {
      throw new RangeError(`no groups of at most ${largestGroup}`)
    }
    this.groups = Math.ceil(members / largestGroup)
    this.#members = members
    this.#memberAt = new WordStream(digest('tacit/placement/1', seed)).sample(members, members)
    this.#positionOf = new Int32Array(members)
    for (let position = 0; position < members; position++) {
      this.#positionOf[this.#memberAt[position]!] = position
    }
  }

  /** @throws RangeError unless index is one of the members */
  groupOf(index: number): number {
    // The last group that starts at this position or before it: see #start.
    return Math.floor(((this.#position(index) + 1) * this.groups - 1) / this.#members)
  }

  /** @throws RangeError unless there is such a group */
  groupSize(group: number): number {
    return this.#start(inside(group, this.groups, 'group') + 1) - this.#start(group)
  }

  /** @throws RangeError unless index is one of the members */
  placeOf(index: number): number {
    return this.#position(index) - this.#start(this.groupOf(index))
  }

  /** The member at a place of a group. @throws RangeError unless there is such a group and place */
  indexAt(group: number, place: number): number {
    return this.#memberAt[this.#start(group) + inside(place, this.groupSize(group), 'place')]!
  }

  #position(index: number): number {
    return this.#positionOf[inside(index, this.#members, 'member')]!
  }

  #start(group: number): number {
    return Math.floor((group * this.#members) / this.groups)
  }
}

function inside(value: number, bound: number, what: string): number {
  if (!Number.isInteger(value) || value < 0 || value >= bound) throw new RangeError(`no ${what} ${value}`)
  return value
}
