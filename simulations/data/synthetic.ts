import type { Dataset } from './dataset.js'
import { syntheticCatalogue } from './synthetic-catalogue.js'
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
  const { devices, seed, items = 2000, days = 364, medianViews = 16, exploration = 0.4 } = options
  const check = (fine: boolean, what: string) => {
    if (!fine) throw new RangeError(`synthetic data: ${what}`)
  }
  check(Number.isInteger(devices) && devices >= 1, `${devices} devices`)
  check(Number.isInteger(items) && items >= 20, `${items} items, at least 20 are needed`)
  check(Number.isInteger(days) && days >= 7, `${days} days, at least 7 are needed`)
  check(medianViews >= 5, `a median of ${medianViews} views, at least 5 are needed`)
  check(exploration >= 0 && exploration <= 1, `exploration ${exploration} is not within 0..1`)

  const catalogue = syntheticCatalogue(seed, items, days)
  const habits = { medianViews, exploration }
  const offsets = new Int32Array(devices + 1)
  const events: ShopperEvent[] = []
  for (let device = 0; device < devices; device++) {
    for (const event of new SyntheticShopper(catalogue, days, habits, seed, device).live()) events.push(event)
    offsets[device + 1] = events.length
  }
  return {
    name: 'synthetic',
    format: 'synthetic',
    catalogue: catalogue.ids,
    devices: Array.from({ length: devices }, (_, device) => `shopper-${String(device).padStart(5, '0')}`),
    behaviours: SYNTHETIC_BEHAVIOURS,
    histories: {
      offsets,
      items: Int32Array.from(events, (event) => event.item),
      times: Float64Array.from(events, (event) => START + event.time),
      behaviours: Uint8Array.from(events, (event) => event.behaviour),
    },
    interactions: events.length,
  }
}
