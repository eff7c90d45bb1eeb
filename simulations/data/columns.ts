import { shown } from './failures.js'

export type ColumnRole = 'user' | 'session' | 'item' | 'time' | 'event'

/**
 * Names by which a header may call a column, the preferred one first. Case, spaces, `_` and `-` make no
 * difference, and a type after a colon (`user_id:token`, as RecBole writes) is ignored.
 */
export const COLUMN_ALIASES: Readonly<Record<ColumnRole, readonly string[]>> = {
  user: [
    'user',
    'user_id',
    'uid',
    'visitor',
    'visitor_id',
    'customer',
    'customer_id',
    'shopper',
    'shopper_id',
  ],
  session: ['session', 'session_id', 'sid', 'user_session'],
  item: [
    'item',
    'item_id',
    'iid',
    'product',
    'product_id',
    'movie',
    'movie_id',
    'sku',
    'asin',
    'article_id',
    'track_id',
  ],
  time: ['time', 'timestamp', 'unix_time', 'unix_timestamp', 'ts', 'event_time', 'datetime', 'date'],
  event: ['event', 'event_type', 'behavior', 'behaviour', 'behavior_type', 'action', 'type'],
}

/** Positions of the columns that matter, from 0. */
export interface Columns {
  /** The user's column, or the session's where no column names a user. */
  readonly device: number
  readonly deviceIs: 'user' | 'session'
  readonly item: number
  readonly time?: number
  readonly event?: number
  /** Number of columns altogether. */
  readonly width: number
}

/** The columns of a header, or a sentence saying what it lacks. Time may be missing: a test file may do without. */
export function resolveColumns(header: readonly string[]): Columns | string {
  const names = header.map(normalise)
  const find = (role: ColumnRole): number | undefined => {
    for (const alias of COLUMN_ALIASES[role]) {
      const at = names.indexOf(normalise(alias))
      if (at >= 0) return at
    }
    return undefined
  }
  const user = find('user')
  const device = user ?? find('session')
  const item = find('item')
  if (device === undefined) return lacks(header, 'user or session', ['user', 'session'])
  if (item === undefined) return lacks(header, 'item', ['item'])
  const time = find('time')
  const event = find('event')
  return {
    device,
    deviceIs: user === undefined ? 'session' : 'user',
    item,
    ...(time === undefined ? {} : { time }),
    ...(event === undefined ? {} : { event }),
    width: header.length,
  }
}

/** What to say of a header that names no time where one is needed. */
export function lacksTime(header: readonly string[]): string {
  return lacks(header, 'time', ['time'])
}

/** How many of the columns that matter a header names: tells the delimiter. */
export function recognised(header: readonly string[]): number {
  const known = new Set(Object.values(COLUMN_ALIASES).flat().map(normalise))
  return header.filter((name) => known.has(normalise(name))).length
}

function lacks(header: readonly string[], what: string, roles: readonly ColumnRole[]): string {
  const names = roles.flatMap((role) => COLUMN_ALIASES[role]).join(', ')
  return `its first line, ${shown(header.join(' '))}, names no ${what} (one of ${names})`
}

function normalise(name: string): string {
  return name
    .replace(/:.*$/, '')
    .replace(/[\s_-]/g, '')
    .toLowerCase()
}
