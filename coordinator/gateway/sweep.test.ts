import { describe, expect, it } from 'vitest'
import { type Due, Sweep } from './sweep.js'
import { ManualTimers } from './testing/manual-timers.js'

describe('Sweep', () => {
  it('hands over what is due, late by at most one interval', () => {
    const timers = new ManualTimers()
    const seen: [string, number][] = []
    const sweep = new Sweep<Due & { name: string }>(timers, 100, (entry, now) => {
      seen.push([entry.name, now])
      entry.dueAt = now + 300
    })
    sweep.watch({ name: 'a', dueAt: 120 })
    sweep.watch({ name: 'b', dueAt: 450 })
    timers.advance(550)
    expect(seen).toEqual([
      ['a', 200],
      ['a', 500],
      ['b', 500],
    ])
  })

  it('holds one timer for all entries, and none for none', () => {
    const timers = new ManualTimers()
    const sweep = new Sweep<Due>(timers, 100, (entry) => sweep.unwatch(entry))
    expect(timers.pending).toBe(0)
    for (let i = 0; i < 1000; i++) sweep.watch({ dueAt: 1 })
    expect(timers.pending).toBe(1)
    timers.advance(100)
    expect(sweep.size).toBe(0)
    expect(timers.pending).toBe(0)
  })
})
