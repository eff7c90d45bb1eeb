/** A unit that keeps the largest of some values readable. */
export interface Unit {
  readonly name: string
  /** What one of it is, in the base unit. */
  readonly size: number
}

const BYTES: readonly Unit[] = [
  { name: 'B', size: 1 },
  { name: 'kB', size: 1e3 },
  { name: 'MB', size: 1e6 },
  { name: 'GB', size: 1e9 },
  { name: 'TB', size: 1e12 },
]

const TIMES: readonly Unit[] = [
  { name: 'ms', size: 1 },
  { name: 's', size: 1e3 },
  { name: 'min', size: 6e4 },
  { name: 'h', size: 3.6e6 },
  { name: 'days', size: 8.64e7 },
]

/** @param largest bytes */
export function byteUnit(largest: number): Unit {
  return unitOf(BYTES, largest)
}

/** @param largest milliseconds */
export function timeUnit(largest: number): Unit {
  return unitOf(TIMES, largest)
}

/** Two of a unit at least: 90 s says more than 1.5 min. */
function unitOf(units: readonly Unit[], largest: number): Unit {
  return units.findLast(({ size }) => largest >= 2 * size) ?? units[0]!
}

/** @param like in the unit that suits this number */
export function bytes(value: number, like = value): string {
  return inUnit(value, byteUnit(Math.abs(like)))
}

/** @param value milliseconds @param like in the unit that suits this number */
export function duration(value: number, like = value): string {
  return inUnit(value, timeUnit(Math.abs(like)))
}

function inUnit(value: number, unit: Unit): string {
  return Number.isFinite(value) ? `${significant(value / unit.size, 3)} ${unit.name}` : '–'
}

/** With thousands separated. */
export function count(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en-GB', { maximumFractionDigits: 0 }) : '–'
}

/** A metric: four places, as papers give them. */
export function figure(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : '–'
}

export function percent(value: number): string {
  return Number.isFinite(value) ? `${significant(value * 100, 3)} %` : '–'
}

/** An epsilon: up to the next thousandth, so that no less is said than there is. */
export function epsilonFigure(value: number): string {
  return significant(Math.ceil(value * 1000) / 1000, 12)
}

/** Never in exponents between a millionth and 10^15; trailing zeros are dropped. */
export function significant(value: number, digits: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-6 || size >= 1e15)) return value.toExponential(digits - 1).replace('e+', 'e')
  const rounded = Number(value.toPrecision(digits))
  return (size >= 10 ** digits ? Math.round(value) : rounded).toLocaleString('en-GB', {
    maximumFractionDigits: 12,
  })
}

const NAMES: Readonly<Record<string, string>> = { hr: 'HR', ndcg: 'NDCG', mrr: 'MRR' }

/** `hr@10` is HR@10, `popularityShare` is Popularity share. */
export function metricLabel(key: string): string {
  const [head = key, cut] = key.split('@')
  const words = head
    .replaceAll('-', ' ')
    .replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
  const name = NAMES[head] ?? words.charAt(0).toUpperCase() + words.slice(1)
  return cut === undefined ? name : `${name}@${cut}`
}

/** Any value of a configuration, on one line. */
export function shown(value: unknown): string {
  if (value === undefined) return '–'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
