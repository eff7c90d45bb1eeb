import { TacitError } from '../errors/index.js'
import { addPacked } from '../update/index.js'
import type { Member, PartialSum } from './secure-sum.js'

/** `held`: at a gateway, whose partial sum is still to come. */
type MemberState = 'waiting' | 'held' | 'summed' | 'gone'

/**
 * The vectors of one group on their way into a running sum, of which alone a copy is kept. First it is open and
 * takes vectors; closed, it takes the partial sums of gateways for the vectors that they hold.
 */
export class Intake {
  readonly #members = new Map<Member, MemberState>()
  readonly #length: number
  readonly #modulusBits: number
  #sum: Uint32Array | undefined
  #isOpen = true
  #waiting: number
  #held = 0
  #vectors = 0

  /**
   * @param length coordinates of a vector
   * @param modulusBits b: vectors are packed at so many bits a word
   */
  constructor(members: readonly Member[], length: number, modulusBits: number) {
    for (const member of members) this.#members.set(member, 'waiting')
    this.#length = length
    this.#modulusBits = modulusBits
    this.#waiting = this.#members.size
  }

  /** Vectors that have come, those that gateways hold included. */
  get vectors(): number {
    return this.#vectors
  }

  /** Members whose vectors may still come. */
  get waiting(): number {
    return this.#waiting
  }

  /** Members whose vectors gateways hold, in the order of the group. */
  get held(): Member[] {
    return this.#held === 0 ? [] : this.#in('held')
  }

  /** Whether gateways hold vectors that are not in the running sum yet. */
  get awaitsGateways(): boolean {
    return this.#held > 0
  }

  /** Members whose vectors are in the running sum, in the order of the group. */
  get summed(): Member[] {
    return this.#in('summed')
  }

  expects(member: Member): boolean {
    return this.#isOpen && this.#members.get(member) === 'waiting'
  }

  /**
   * Takes a member's vector, packed, or notes that a gateway holds it.
   * @throws TACIT_OUT_OF_PHASE, TACIT_VECTOR_SIZE, TACIT_VECTOR_PADDING; nothing has changed then
   */
  vector(member: Member, packed?: Uint8Array): void {
    if (!this.expects(member)) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a vector' })
    if (packed) addPacked(packed, this.#modulusBits, this.#runningSum())
    this.#members.set(member, packed ? 'summed' : 'held')
    if (!packed) this.#held++
    this.#waiting--
    this.#vectors++
  }

  /** Does not wait for this member any more. What came of it stays in the sum. */
  leave(member: Member): void {
    if (this.#members.get(member) !== 'waiting') return
    this.#members.set(member, 'gone')
    this.#waiting--
  }

  /** Takes no more vectors; answers the members that it waited for. */
  close(): Member[] {
    const late = this.#waiting === 0 ? [] : this.#in('waiting')
    for (const member of late) this.leave(member)
    this.#isOpen = false
    return late
  }

  /**
   * Adds a gateway's sum over some of the held vectors.
   * @throws TACIT_SUM_MISMATCH; nothing has changed then
   */
  merge({ members, words }: PartialSum): void {
    const refuse = (problem: string): never => {
      throw new TacitError('TACIT_SUM_MISMATCH', { problem })
    }
    if (this.#isOpen) refuse('nothing is gathered yet')
    if (words.length !== this.#length) refuse(`a partial sum of ${words.length} words`)
    if (members.length === 0) refuse('it stands for no device')
    // Before anybody is counted: there may be no memory for it.
    const sum = this.#sum ?? new Uint32Array(this.#length)
    const wrong = this.#takeHeld(members)
    if (wrong !== undefined) refuse(wrong)
    addWords(words, sum)
    this.#sum = sum
    this.#held -= members.length
  }

  /**
   * Hands over the running sum, words modulo 2^32, once, and keeps none.
   * @throws TACIT_OUT_OF_PHASE when there is none, or none any more
   */
  take(): Uint32Array {
    const sum = this.#sum
    if (!sum) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'the sum' })
    this.discard()
    return sum
  }

  /** Frees the running sum, and takes nothing any more. */
  discard(): void {
    this.close()
    for (const member of this.held) this.#members.set(member, 'gone')
    this.#held = 0
    this.#sum = undefined
  }

  /** Counts held vectors as summed: all of these, or none of them, and answers what is wrong then. */
  #takeHeld(members: readonly Member[]): string | undefined {
    for (let taken = 0; taken < members.length; taken++) {
      const member = members[taken]!
      if (this.#members.get(member) === 'held') {
        this.#members.set(member, 'summed')
        continue
      }
      const again = members.indexOf(member) < taken
      for (const earlier of members.slice(0, taken)) this.#members.set(earlier, 'held')
      return again ? 'a device is named twice' : `device ${member} is not awaited`
    }
    return undefined
  }

  #runningSum(): Uint32Array {
    this.#sum ??= new Uint32Array(this.#length)
    return this.#sum
  }

  #in(wanted: MemberState): Member[] {
    const found: Member[] = []
    // Not by an iterator: it makes an array for each member of a cohort.
    this.#members.forEach((state, member) => {
      if (state === wanted) found.push(member)
    })
    return found
  }
}

/** Modulo 2^32. As signed words they have the same bits, and are cheaper to add. */
function addWords(words: Uint32Array, into: Uint32Array): void {
  const from = new Int32Array(words.buffer, words.byteOffset, words.length)
  const to = new Int32Array(into.buffer, into.byteOffset, into.length)
  const { length } = to
  for (let i = 0; i < length; i++) to[i] = (to[i]! + from[i]!) | 0
}
