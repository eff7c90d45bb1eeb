import { describe, expect, it } from 'vitest'
import { type Due, Sweep } from './sweep.js'
import { ManualTimers } from './testing/manual-timers.js'

describe('Sweep', () => {
  it('hands over what is due, late by at most one interval', () => {
    const timers = new ManualTimers()
    const seen: [string, number][] = []
    const sweep = new Sweep<Due & { name: string; dueAt: number }>(timers, 100, (entry, now) => {
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

  it('that is itself late waits one interval more, so that what sockets said meanwhile is read first', () => {
    const timers = new ManualTimers()
    const seen: number[] = []
    const sweep = new Sweep<Due>(timers, 100, (entry, now) => {
      seen.push(now)
      sweep.unwatch(entry)
    })
    sweep.watch({ dueAt: 50 })
    timers.stall(5000)
    expect(seen).toEqual([])
    timers.advance(100)
    expect(seen).toEqual([5100])
  })

  it('happens though every one is late', () => {
    const timers = new ManualTimers()
    let walks = 0
    const sweep = new Sweep<Due>(timers, 100, () => walks++)
    sweep.watch({ dueAt: 0 })
    for (let i = 0; i < 4; i++) timers.stall(1000)
    expect(walks).toBe(2)
  })
})
