import { describe, expect, it } from 'vitest'
import { COLUMN_ALIASES, resolveColumns } from './columns.js'

describe('resolveColumns', () => {
  it('knows every alias in any case', () => {
    for (const [role, aliases] of Object.entries(COLUMN_ALIASES)) {
      for (const alias of aliases) {
        const base = { user: 'user', item: 'item', time: 'time', event: 'event' }
        const names = { ...base, ...(role === 'session' ? { user: alias } : { [role]: alias }) }
        const header = [names.time, names.event, names.user, names.item].map((name) => name.toUpperCase())
        const deviceIs = role === 'session' ? 'session' : 'user'
        expect(resolveColumns(header)).toEqual({ device: 2, deviceIs, item: 3, time: 0, event: 1, width: 4 })
      }
    }
  })

  it('means one role by each alias', () => {
    const all = Object.values(COLUMN_ALIASES).flat()
    expect(new Set(all).size).toBe(all.length)
  })

  it('prefers a user to a session, and the earlier alias of two', () => {
    const header = ['user_session', 'product_id', 'item', 'event_time', 'user_id']
    expect(resolveColumns(header)).toMatchObject({ device: 4, deviceIs: 'user', item: 2, time: 3 })
  })

  it('ignores types after a colon, as in RecBole files', () => {
    const header = ['user_id:token', 'item_id:token', 'timestamp:float']
    expect(resolveColumns(header)).toEqual({ device: 0, deviceIs: 'user', item: 1, time: 2, width: 3 })
  })

  it('says what is missing', () => {
    expect(resolveColumns(['item', 'time'])).toMatch(/names no user or session \(one of user, .*session_id/)
    expect(resolveColumns(['user', 'time'])).toMatch(/names no item/)
  })
})
