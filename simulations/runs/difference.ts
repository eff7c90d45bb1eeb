import { canonicalJson, type Json } from '@tacit/shared/bytes'

type Named = Readonly<Record<string, unknown>>

/** The first value that two configurations do not agree on, in words; undefined where they are the same. */
export function differenceOf(before: Named, now: Named, within = ''): string | undefined {
  for (const name of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [was, is] = [before[name], now[name]]
    if (shown(was) === shown(is)) continue
    const inner = isNamed(was) && isNamed(is) ? differenceOf(was, is, `${within}${name}.`) : undefined
    return inner ?? `${within}${name} was ${shown(was)} and is ${shown(is)}`
  }
  return undefined
}

function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return value === undefined ? 'not given' : canonicalJson(value as Json)
}
