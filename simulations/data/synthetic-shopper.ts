import { Draws, SeededRandom } from '@tacit/shared/random'
import { BRANDS, pick, runningSum, type SyntheticCatalogue, seasonFactor } from './synthetic-catalogue.js'

export const SYNTHETIC_BEHAVIOURS = ['view_item', 'add_to_cart', 'purchase'] as const
const [VIEW, CART, PURCHASE] = [0, 1, 2] as const

export interface ShopperEvent {
  readonly item: number
  /** Seconds since the start of the period. */
  readonly time: number
  /** Index into {@link SYNTHETIC_BEHAVIOURS}. */
  readonly behaviour: number
}

export interface ShopperHabits {
  /** Median number of items a shopper looks at. */
  readonly medianViews: number
  /** Share of sessions on a topic outside the shopper's own tastes. */
  readonly exploration: number
}

const DAY = 86_400
const LEAST_VIEWS = 5
const MOST_VIEWS = 600
/** How readily a shopper looks at an item of a brand that is not among the favourites. */
const OTHER_BRAND = 0.4
const STAY_ON_TOPIC = 0.85
const VIEWS_PER_SESSION = 5
const CART_SHARE = 0.16
const PURCHASE_SHARE = 0.45
const RETURN_TO_CART = 0.35
/** Visits by hour of the day, UTC. */
const HOURS = runningSum([
  3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 13, 12, 10, 10, 11, 12, 14, 17, 19, 18, 12, 6,
])
/** Visits by day of the week, from Monday. */
const WEEKDAYS = [0.8, 0.75, 0.75, 0.8, 0.85, 1, 1]

/** One shopper's life in the store, drawn from (seed, device) alone. */
export class SyntheticShopper {
  readonly #catalogue: SyntheticCatalogue
  readonly #days: number
  readonly #habits: ShopperHabits
  readonly #draws: Draws
  readonly #tastes: readonly { readonly category: number; readonly weight: number }[]
  readonly #brands: ReadonlySet<number>
  readonly #events: ShopperEvent[] = []
  readonly #bought = new Set<number>()
  #carted: number[] = []

  constructor(
    catalogue: SyntheticCatalogue,
    days: number,
    habits: ShopperHabits,
    seed: number,
    device: number,
  ) {
    this.#catalogue = catalogue
    this.#days = days
    this.#habits = habits
    this.#draws = new Draws(new SeededRandom({ seed, device, purpose: 'history' }))
    this.#tastes = this.#drawTastes()
    this.#brands = new Set(this.#draws.sample([...Array(BRANDS).keys()], 3))
  }

  /** Events in time order; at least {@link LEAST_VIEWS} views. Asked for once. */
  live(): readonly ShopperEvent[] {
    const sizes = this.#sessionSizes()
    let free = 0
    for (const [i, start] of this.#sessionStarts(sizes.length).entries()) {
      const end = this.#session(Math.max(start, free), sizes[i]!)
      // Half an hour of silence is what commonly parts sessions.
      free = end + 1800
    }
    return this.#events
  }

  /** Two or three categories of a favourite department and one or two of elsewhere. */
  #drawTastes(): { category: number; weight: number }[] {
    const { categoryWeights, departmentOf, departments } = this.#catalogue
    const everywhere = runningSum(categoryWeights)
    const main = pick(this.#draws, everywhere)
    const siblings = departments[departmentOf[main]!]!.filter((category) => category !== main)
    const near = this.#draws.sample(siblings, 1 + this.#draws.below(2))
    const far = [pick(this.#draws, everywhere), pick(this.#draws, everywhere)].slice(this.#draws.below(2))
    return [
      { category: main, weight: 5 },
      ...near.map((category) => ({ category, weight: 2 })),
      ...far.map((category) => ({ category, weight: 1.5 })),
    ]
  }

  /** The number of views has a tail as of 1 / x²: sqrt(u / (1 - u)) is its median 1 inverse. */
  #sessionSizes(): number[] {
    const u = this.#draws.uniform()
    const spread = Math.max(0, this.#habits.medianViews - LEAST_VIEWS + 0.5)
    let left = Math.min(MOST_VIEWS, LEAST_VIEWS + Math.floor(spread * Math.sqrt(u / (1 - u))))
    const sizes: number[] = []
    while (left > 0) {
      let size = 1
      while (size < left && this.#draws.uniform() < 1 - 1 / VIEWS_PER_SESSION) size++
      sizes.push(size)
      left -= size
    }
    return sizes
  }

  /** Ascending, in seconds; from a day of joining on, which is earlier for most than for few. */
  #sessionStarts(count: number): number[] {
    const u = this.#draws.uniform()
    const joined = Math.floor(u * u * 0.9 * this.#days)
    const starts = Array.from({ length: count }, () => {
      let day: number
      do day = joined + this.#draws.below(this.#days - joined)
      while (this.#draws.uniform() >= WEEKDAYS[day % 7]!)
      return day * DAY + pick(this.#draws, HOURS) * 3600 + this.#draws.below(3600)
    })
    return starts.sort((a, b) => a - b)
  }

  /** Returns the time of the last event. */
  #session(start: number, views: number): number {
    const day = Math.floor(start / DAY)
    const topic = this.#topic(day)
    const seen = new Set<number>()
    let time = start
    for (let i = 0; i < views; i++) {
      const item = this.#choose(this.#stray(topic), day, seen)
      seen.add(item)
      this.#events.push({ item, time, behaviour: VIEW })
      time += 15 + this.#draws.below(180)
      if (this.#bought.has(item) || this.#draws.uniform() >= CART_SHARE) continue
      this.#events.push({ item, time, behaviour: CART })
      this.#carted.push(item)
      time += 5 + this.#draws.below(60)
    }
    return this.#checkOut(time)
  }

  /** Buys some of what is in the cart; the rest stays there for a later session to come back to. */
  #checkOut(start: number): number {
    let time = start
    const kept: number[] = []
    for (const item of this.#carted) {
      if (this.#draws.uniform() < PURCHASE_SHARE) {
        this.#events.push({ item, time, behaviour: PURCHASE })
        this.#bought.add(item)
        time += 1
      } else if (this.#draws.uniform() < RETURN_TO_CART) kept.push(item)
    }
    this.#carted = kept
    return time
  }

  #topic(day: number): number {
    const { categoryWeights } = this.#catalogue
    const explores = this.#draws.uniform() < this.#habits.exploration
    const choices = explores
      ? Array.from(categoryWeights, (weight, category) => ({ category, weight }))
      : this.#tastes
    const weights = choices.map(
      ({ category, weight }) => weight * seasonFactor(this.#catalogue, category, day),
    )
    return choices[pick(this.#draws, runningSum(weights))]!.category
  }

  /** Mostly the topic itself, now and then a category beside it. */
  #stray(topic: number): number {
    if (this.#draws.uniform() < STAY_ON_TOPIC) return topic
    const shelf = this.#catalogue.departments[this.#catalogue.departmentOf[topic]!]!
    return shelf[this.#draws.below(shelf.length)]!
  }

  /** An item on sale, by popularity and brand, new to the session unless the category is nearly used up. */
  #choose(category: number, day: number, seen: ReadonlySet<number>): number {
    const { itemsOf, popularity, launchDay, brandOf } = this.#catalogue
    let item = itemsOf[category]![0]!
    for (let tries = 0; tries < 40; tries++) {
      const candidate = itemsOf[category]![pick(this.#draws, popularity[category]!)]!
      if (launchDay[candidate]! > day) continue
      item = candidate
      if (seen.has(item) || this.#bought.has(item)) continue
      if (this.#brands.has(brandOf[item]!) || this.#draws.uniform() < OTHER_BRAND) break
    }
    return item
  }
}
