import type { Draws } from '@tacit/shared/random'

/** A number is wanted of so many: with fewer, what was moved is kept in a table of all. */
const SPARSE = 8

/**
 * The numbers below n in random order, one after another: as many words are drawn, and the same numbers come, as
 * `Draws.sample` of all of them has, but no copy of them is made for the sake of a few.
 */
export class Shuffle {
  readonly #draws: Draws
  readonly #n: number
  readonly #moved: Int32Array | Map<number, number>
  #next = 0

  /** @param wanted how many will be asked for, as far as is known: it decides what memory is taken, nothing else */
  constructor(draws: Draws, n: number, wanted: number) {
    this.#draws = draws
    this.#n = n
    this.#moved = wanted * SPARSE < n ? new Map() : numbersBelow(n)
  }

  /** The next number; undefined after n of them. */
  next(): number | undefined {
    const place = this.#next
    if (place === this.#n) return undefined
    this.#next++
    const from = place + this.#draws.below(this.#n - place)
    const chosen = this.#at(from)
    this.#put(from, this.#at(place))
    return chosen
  }

  /** The next numbers, fewer where there are no more. */
  take(count: number): Int32Array {
    const taken = new Int32Array(Math.min(count, this.#n - this.#next))
    for (let i = 0; i < taken.length; i++) taken[i] = this.next()!
    return taken
  }

  #at(place: number): number {
    return this.#moved instanceof Map ? (this.#moved.get(place) ?? place) : this.#moved[place]!
  }

  #put(place: number, number: number): void {
    if (this.#moved instanceof Map) this.#moved.set(place, number)
    else this.#moved[place] = number
  }
}

function numbersBelow(n: number): Int32Array {
  const numbers = new Int32Array(n)
  for (let number = 0; number < n; number++) numbers[number] = number
  return numbers
}
