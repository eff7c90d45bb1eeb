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

  it('keeps that order for what is scheduled meanwhile, for now or for later', () => {
    const step = fc.tuple(fc.nat(3), fc.boolean())
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 40 }), (turns) => {
        const clock = new VirtualClock<number>()
        const times: number[] = []
        const called = new Set<number>()
        const handed: number[] = []
        const schedule = (steps: readonly (readonly [number, boolean])[]) => {
          for (const [afterMs, calledOff] of steps) {
            const scheduled = clock.schedule(times.length, afterMs)
            if (calledOff) called.add(times.length)
            scheduled.cancelled = calledOff
            times.push(clock.now + afterMs)
          }
        }
        for (const steps of turns) {
          schedule(steps)
          const event = clock.next()
          if (event === undefined) continue
          expect(clock.now).toBe(times[event])
          // Nobody waits who was to come before it.
          const waiting = [...times.keys()].filter((other) => !called.has(other) && !handed.includes(other))
          const first = waiting.toSorted((a, b) => times[a]! - times[b]! || a - b)[0]
          expect(event).toBe(first)
          handed.push(event)
        }
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
