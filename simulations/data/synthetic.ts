import type { Dataset } from './dataset.js'
import { Rows } from './split-cases.js'
import { type SyntheticCatalogue, syntheticCatalogue } from './synthetic-catalogue.js'
import { type ShopperEvent, SYNTHETIC_BEHAVIOURS, SyntheticShopper } from './synthetic-shopper.js'

export interface SyntheticOptions {
  readonly devices: number
  /** Size of the catalogue, at least 20; default 2,000. */
  readonly items?: number
  /** An integer in [0, 2^53). */
  readonly seed: number
  /** Length of the period, in days; default 364, a year of whole weeks. */
  readonly days?: number
  /** Median number of items looked at per device, at least 5; default 16 (some 20 events). */
  readonly medianViews?: number
  /** Share of sessions outside a shopper's own tastes, 0..1; default 0.4. */
  readonly exploration?: number
}

/** Monday, 1 January 2024, 00:00 UTC, in unix seconds. */
const START = 1_704_067_200

/** Options with their defaults put in. */
export type SyntheticSettings = Required<SyntheticOptions>

/** @throws RangeError for options out of range */
export function syntheticSettings(options: SyntheticOptions): SyntheticSettings {
  const { devices, seed, items = 2000, days = 364, medianViews = 16, exploration = 0.4 } = options
  const check = (fine: boolean, what: string) => {
    if (!fine) throw new RangeError(`synthetic data: ${what}`)
  }
  check(Number.isInteger(devices) && devices >= 1, `${devices} devices`)
  check(Number.isInteger(items) && items >= 20, `${items} items, at least 20 are needed`)
  check(Number.isInteger(days) && days >= 7, `${days} days, at least 7 are needed`)
  check(medianViews >= 5, `a median of ${medianViews} views, at least 5 are needed`)
  check(exploration >= 0 && exploration <= 1, `exploration ${exploration} is not within 0..1`)
  return { devices, seed, items, days, medianViews, exploration }
}

/**
 * Histories as a storefront sees them: shoppers who keep to a few categories and brands and now and then
 * stray, browse in sessions on one topic, and view, add to cart and buy; categories with popular and
 * obscure items, seasons and weekend habits; items that come new; activity from five views to hundreds.
 *
 * Equal seeds give equal data on every platform. A device's history depends on the seed, its number and the
 * store, never on how many devices there are.
 * @throws RangeError for options out of range
 */
export function syntheticDataset(options: SyntheticOptions): Dataset {
  return new SyntheticStore(syntheticSettings(options)).dataset()
}

export function shopperName(device: number): string {
  return `shopper-${String(device).padStart(5, '0')}`
}

/** The store that shoppers browse, and the histories of whichever of them are asked for. */
export class SyntheticStore {
  readonly #settings: SyntheticSettings
  readonly #catalogue: SyntheticCatalogue

  constructor(settings: SyntheticSettings) {
    this.#settings = settings
    this.#catalogue = syntheticCatalogue(settings.seed, settings.items, settings.days)
  }

  /** Ids of the items. */
  get items(): readonly string[] {
    return this.#catalogue.ids
  }

  /** @param numbers of the devices wanted, ascending; all of them where it is not said */
  dataset(numbers?: Int32Array): Dataset {
    const count = numbers?.length ?? this.#settings.devices
    const offsets = new Int32Array(count + 1)
    const items = new Rows()
    const seconds = new Rows()
    const behaviours = new Rows()
    for (let position = 0; position < count; position++) {
      for (const event of this.#live(numbers?.[position] ?? position)) {
        items.push(event.item)
        seconds.push(event.time)
        behaviours.push(event.behaviour)
      }
      offsets[position + 1] = items.length
    }
    return {
      name: 'synthetic',
      format: 'synthetic',
      catalogue: this.items,
      devices: Array.from({ length: count }, (_, position) => shopperName(numbers?.[position] ?? position)),
      ...(numbers && { numbers }),
      behaviours: SYNTHETIC_BEHAVIOURS,
      histories: {
        offsets,
        items: items.finish(),
        times: Float64Array.from(seconds.finish(), (time) => START + time),
        behaviours: Uint8Array.from(behaviours.finish()),
      },
      interactions: items.length,
    }
  }

  #live(device: number): readonly ShopperEvent[] {
    const { days, seed, medianViews, exploration } = this.#settings
    const habits = { medianViews, exploration }
    return new SyntheticShopper(this.#catalogue, days, habits, seed, device).live()
  }
}
