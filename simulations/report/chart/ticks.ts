/** An axis: its ends are its first and last tick, or its data's ends on a logarithmic scale. */
export interface Ticks {
  readonly low: number
  readonly high: number
  readonly values: readonly number[]
  /** Places after the point that tell ticks apart; 0 for a logarithmic scale. */
  readonly decimals: number
}

/** Beyond it, sums of two values could overflow. */
const LARGEST = 1e100
/** Values closer than this, relative to their size, are one value to an axis. */
const SAME = 1e-9

/**
 * Ticks at 1, 2 or 5 times a power of ten, covering all values; about `wanted` of them.
 * @param values those that are not finite are left out; none at all gives an axis from 0 to 1
 */
export function linearTicks(values: Iterable<number>, wanted = 5): Ticks {
  const [from, to] = spread(...extent(values))
  const step = niceStep((to - from) / wanted)
  const first = Math.floor(from / step + SAME)
  const last = Math.max(first + 1, Math.ceil(to / step - SAME))
  const ticks: number[] = []
  for (let i = first; i <= last; i++) ticks.push(clean(i * step))
  return {
    low: ticks[0]!,
    high: ticks.at(-1)!,
    values: ticks,
    decimals: Math.min(12, Math.max(0, -Math.floor(Math.log10(step) + SAME))),
  }
}

/** Ticks at powers of ten. @param values those that are not positive are left out */
export function logTicks(values: Iterable<number>): Ticks {
  const positive = [...values].filter((value) => value > 0)
  const [from, to] = positive.length === 0 ? [1, 10] : extent(positive)
  const first = Math.floor(Math.log10(Math.max(from, 1 / LARGEST)) + SAME)
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(to, 1 / LARGEST)) - SAME))
  const every = Math.ceil((last - first) / 8)
  const ticks: number[] = []
  for (let power = first; power < last + every; power += every) ticks.push(Number(`1e${power}`))
  return { low: ticks[0]!, high: ticks.at(-1)!, values: ticks, decimals: 0 }
}

function extent(values: Iterable<number>): [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    const bound = Math.min(LARGEST, Math.max(-LARGEST, value))
    low = Math.min(low, bound)
    high = Math.max(high, bound)
  }
  return low > high ? [0, 1] : [low, high]
}

/** One value alone gets room on both sides; at 0, above it. */
function spread(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (size < 1 / LARGEST) return [0, 1]
  if (high - low > size * SAME) return [low, high]
  return [low - size * 0.05, high + size * 0.05]
}

function niceStep(rough: number): number {
  const power = Math.floor(Math.log10(rough))
  const lead = rough / Number(`1e${power}`)
  const nice = lead <= 1 + SAME ? 1 : lead <= 2 + SAME ? 2 : lead <= 5 + SAME ? 5 : 10
  return Number(`${nice}e${power}`)
}

/** 3 x 0.1 as 0.3. Adding 0 turns -0 into 0. */
function clean(value: number): number {
  return Number(value.toPrecision(12)) + 0
}
