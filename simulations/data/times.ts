/** What {@link parseTime} reads, for messages. */
export const TIME_EXPECTED = 'a time: unix seconds, unix milliseconds or ISO 8601 with a four-digit year'

// As seconds, 1e11 would be the year 5138; as milliseconds it is 1973.
const MILLISECONDS_FROM = 1e11
const ABSURD_FROM = 1e14
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const ISO =
  /^([12]\d{3})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i

/** Unix seconds, or undefined where `text` is no time. A time that states no zone is taken as UTC. */
export function parseTime(text: string): number | undefined {
  if (NUMBER.test(text)) {
    const value = Number(text)
    const size = Math.abs(value)
    if (!(size < ABSURD_FROM)) return undefined
    return size >= MILLISECONDS_FROM ? value / 1000 : value
  }
  return parseIso(text)
}

/** Read by hand: Date.parse takes a time without zone as local, so that a file would load differently elsewhere. */
function parseIso(text: string): number | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const parts = match.slice(1, 7).map((part) => Number(part ?? 0))
  const [year, month, day, hour, minute, second] = parts as [number, number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  // A leap second is let pass; it counts as the next second, as unix time has it.
  if (hour > 23 || minute > 59 || second > 60) return undefined
  const whole = Date.UTC(year, month - 1, day, hour, minute, second) / 1000
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`)
  return whole + fraction - zoneSeconds(match[8])
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || /^[a-z]/i.test(zone)) return 0
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0')
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2)) * 60
  return zone.startsWith('-') ? -seconds : seconds
}
