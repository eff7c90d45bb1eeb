import { framesOf } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { Bench, doneMessage, joinText, ROUND, sameBytes, tokenOf, vectorOf } from './testing/fakes.js'

const vector = vectorOf(1000)
const frames = [...framesOf(vector, ROUND, 300)]

/** A device with a grant for `vector`, given some time after its hello. */
function granted(afterMs = 0) {
  const bench = new Bench()
  const device = bench.hello('d1')
  bench.timers.advance(afterMs)
  bench.sessions.expectVector('d1', ROUND, vector.length)
  const { stallDeadlineMs, sweepMs } = bench.limits
  return { bench, device, stallDeadlineMs, sweepMs }
}

describe('a granted device', () => {
  it.each([0, 12_345])('that sends nothing is ended, a grant %d ms after its hello', (afterMs) => {
    const { bench, device, stallDeadlineMs, sweepMs } = granted(afterMs)
    bench.timers.advance(stallDeadlineMs - 1)
    expect(device.link.closes).toEqual([])
    bench.timers.advance(1 + sweepMs)
    expect(device.link.refusedWith).toBe('TACIT_TOO_SLOW')
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'gone d1'])
    expect(bench.sessions.stats()).toMatchObject({ assemblyBytes: 0, closed: { TACIT_TOO_SLOW: 1 } })
  })

  it('that stops half-way is ended, whatever else it says', () => {
    const { bench, device, stallDeadlineMs, sweepMs } = granted()
    bench.timers.advance(stallDeadlineMs - 1)
    bench.sendFrame(device, frames[0]!)
    for (let passed = 0; passed < stallDeadlineMs - 1000; passed += 1000) {
      bench.timers.advance(1000)
      bench.say(device, joinText())
      bench.sessions.alive(device.connection)
    }
    expect(device.link.closes).toEqual([])
    bench.timers.advance(1000 + sweepMs)
    expect(device.link.refusedWith).toBe('TACIT_TOO_SLOW')
  })

  it('that goes on, however slowly, is left alone and pinged as ever', () => {
    const { bench, device, stallDeadlineMs } = granted()
    for (const frame of frames) {
      bench.timers.advance(stallDeadlineMs - 1)
      bench.sendFrame(device, frame)
    }
    expect(sameBytes(bench.sink.vectors.get('d1'), vector)).toBe(true)
    expect(device.link.pings).toBe(Math.floor(bench.timers.now() / bench.limits.heartbeatMs))
  })

  it('is waited for no longer once its vector is whole, or not wanted any more', () => {
    const { bench, device, stallDeadlineMs, sweepMs } = granted()
    for (const frame of frames) bench.sendFrame(device, frame)
    bench.timers.advance(stallDeadlineMs + sweepMs)
    bench.sessions.expectVector('d1', ROUND, vector.length)
    bench.sessions.forgetVector('d1')
    bench.timers.advance(stallDeadlineMs + sweepMs)
    expect(device.link.closes).toEqual([])
    expect(bench.sessions.send('d1', doneMessage)).toBe(true)
  })

  it('makes no progress by frames of a vector no longer wanted', () => {
    const { bench, device, stallDeadlineMs, sweepMs } = granted()
    bench.sessions.forgetVector('d1')
    bench.sessions.expectVector('d1', 'f'.repeat(32), 1000)
    bench.timers.advance(stallDeadlineMs - 1)
    bench.sendFrame(device, frames[0]!)
    bench.timers.advance(1 + sweepMs)
    expect(device.link.refusedWith).toBe('TACIT_TOO_SLOW')
  })

  it('that is detached keeps its place, and has the whole deadline again once it is back and granted', () => {
    const { bench, device, stallDeadlineMs, sweepMs } = granted()
    bench.timers.advance(stallDeadlineMs - 1)
    bench.sessions.lost(device.connection)
    bench.timers.advance(stallDeadlineMs)
    bench.sink.onConnected = (name) => bench.sessions.expectVector(name, ROUND, vector.length)
    const second = bench.hello('d1', tokenOf(device))
    expect(second.link.last).toMatchObject({ type: 'welcome', resumed: true })
    bench.timers.advance(stallDeadlineMs - 1)
    expect(second.link.closes).toEqual([])
    bench.timers.advance(1 + sweepMs)
    expect(second.link.refusedWith).toBe('TACIT_TOO_SLOW')
  })
})
