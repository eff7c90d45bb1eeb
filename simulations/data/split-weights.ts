import { TacitError } from '@tacit/shared/errors'
import type { Dataset } from './dataset.js'
import type { DistinctHistory } from './split-history.js'

/** Weight of an event by its behaviour, against others; what is not named weighs 1. Models get them divided by the largest. */
export type EventWeights = Readonly<Record<string, number>>

/** @throws TACIT_SETTING_INVALID on a behaviour that the data do not have, or a weight that is not > 0 */
export function weightByBehaviour({ behaviours }: Dataset, weights: EventWeights): Float64Array {
  for (const [behaviour, weight] of Object.entries(weights)) {
    if (!behaviours.includes(behaviour)) {
      throw invalid(`the data have no ${behaviour}, but ${behaviours.join(', ')}`)
    }
    if (!(weight > 0 && Number.isFinite(weight))) throw invalid(`${behaviour} weighs ${weight}`)
  }
  const all = Float64Array.from(behaviours, (behaviour) => weights[behaviour] ?? 1)
  // They are relative: the ranges and clips of updates hold for weights up to 1.
  const largest = Math.max(...all)
  return all.map((weight) => weight / largest)
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_SETTING_INVALID', { name: 'event-weights', problem })
}

/** Finds what a device's items weigh: each as much as the weightiest of its events. */
export class ItemWeights {
  readonly #histories: Dataset['histories']
  readonly #byBehaviour: Float64Array
  readonly #most: Float64Array

  /** @param byBehaviour weight of each of the data set's behaviours */
  constructor({ histories, catalogue }: Dataset, byBehaviour: Float64Array) {
    this.#histories = histories
    this.#byBehaviour = byBehaviour
    this.#most = new Float64Array(catalogue.length)
  }

  /**
   * Weighs a device's items.
   * @param before the position of an event: of what came with it or later only an item's first event counts, for
   *   whoever is asked about that event cannot know more
   */
  weigh(device: number, { items, events }: DistinctHistory, before: number): void {
    const { offsets, items: rows, behaviours } = this.#histories
    const most = this.#most
    items.forEach((item, i) => {
      most[item] = this.#byBehaviour[behaviours[events[i]!]!]!
    })
    for (let event = offsets[device]!; event < Math.min(before, offsets[device + 1]!); event++) {
      const item = rows[event]!
      most[item] = Math.max(most[item]!, this.#byBehaviour[behaviours[event]!]!)
    }
  }

  /** What an item of the device weighed last weighs. */
  of(item: number): number {
    return this.#most[item]!
  }
}
