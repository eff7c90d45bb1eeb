import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.js'

describe('VirtualClock', () => {
  it('hands out events by time, and in order of scheduling where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 60 }), (delays) => {
        const clock = new VirtualClock<number>()
        delays.forEach((afterMs, index) => {
          clock.schedule(index, afterMs)
        })
        const order = delays.map((_, index) => index).toSorted((a, b) => delays[a]! - delays[b]! || a - b)
        const handed: number[] = []
        for (let event = clock.next(); event !== undefined; event = clock.next()) {
          expect(clock.now).toBe(delays[event])
          handed.push(event)
        }
        expect(handed).toEqual(order)
      }),
    )
  })

  it('skips what was called off, and counts from now', () => {
    const clock = new VirtualClock<string>()
    const first = clock.schedule('first', 5)
    clock.schedule('second', 7)
    first.cancelled = true
    expect(clock.next()).toBe('second')
    clock.schedule('third', 1)
    expect(clock.next()).toBe('third')
    expect(clock.now).toBe(8)
    expect(clock.next()).toBeUndefined()
  })
})
