import { Draws, SeededRandom } from '@tacit/shared/random'

/** Samples items that a device has had nothing to do with: uniformly, without replacement, by (seed, device). */
export class NegativeSampler {
  readonly #items: number
  readonly #seed: number
  /** Stamp of the sample an item was last excluded or drawn in: no set to clear between samples. */
  readonly #stamps: Int32Array
  #stamp = 0

  /** @param items the size of the catalogue */
  constructor(items: number, seed: number) {
    this.#items = items
    this.#seed = seed
    this.#stamps = new Int32Array(items)
  }

  /**
   * Fills each target with a sample of its own of rows outside `excluded` (rows; -1 counts as none). Where
   * too few rows are outside, all of them are given in random order, and -1 from there on.
   */
  fill(device: number, excluded: Iterable<number>, targets: readonly Int32Array[]): void {
    const draws = new Draws(new SeededRandom({ seed: this.#seed, device, purpose: 'negatives' }))
    const rows = [...new Set(excluded)].filter((row) => row >= 0)
    for (const target of targets) this.#sample(draws, rows, target)
  }

  /**
   * The same, but the targets share one sample, each taking the part that follows the one before: no row is in two
   * of them. Where too few rows are outside for all, they get a sample each.
   */
  fillFromOne(device: number, excluded: Iterable<number>, targets: readonly Int32Array[]): void {
    const rows = [...new Set(excluded)].filter((row) => row >= 0)
    const wanted = targets.reduce((sum, { length }) => sum + length, 0)
    if (this.#items - rows.length < wanted) {
      this.fill(device, rows, targets)
      return
    }
    const sample = new Int32Array(wanted)
    this.fill(device, rows, [sample])
    let taken = 0
    for (const target of targets) {
      target.set(sample.subarray(taken, taken + target.length))
      taken += target.length
    }
  }

  #sample(draws: Draws, excluded: readonly number[], target: Int32Array): void {
    const stamp = ++this.#stamp
    const stamps = this.#stamps
    for (const row of excluded) stamps[row] = stamp
    const outside = this.#items - excluded.length
    const count = Math.min(target.length, outside)
    target.fill(-1)
    if ((outside - count) * 2 < this.#items) {
      const rest: number[] = []
      for (let row = 0; row < this.#items; row++) if (stamps[row] !== stamp) rest.push(row)
      target.set(draws.sample(rest, count))
      return
    }
    // At least half of the catalogue is free at every draw: two tries on average at worst.
    for (let filled = 0; filled < count; ) {
      const row = draws.below(this.#items)
      if (stamps[row] === stamp) continue
      stamps[row] = stamp
      target[filled++] = row
    }
  }
}
