import { TacitError } from '@tacit/shared/errors'
import { framesOf } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import {
  Bench,
  doneMessage,
  helloText,
  joinText,
  ROUND,
  sameBytes,
  tokenOf,
  vectorOf,
} from './testing/fakes.js'

describe('hello', () => {
  it('is answered by a welcome with a 128-bit token before the sink hears of the device', () => {
    const bench = new Bench()
    let welcomed = false
    const device = bench.open()
    bench.sink.onConnected = () => {
      welcomed = device.link.last?.type === 'welcome'
    }
    bench.say(device, helloText('d1'))
    expect(welcomed).toBe(true)
    expect(device.link.sent).toEqual([
      {
        type: 'welcome',
        protocol: 1,
        resumed: false,
        heartbeatMs: bench.limits.heartbeatMs,
        resume: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ])
    expect(tokenOf(device)).not.toBe(tokenOf(bench.hello('d2')))
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'connected d2 homepage'])
  })

  it.each([
    ['for an unknown task', helloText('d1', undefined, 'nowhere'), 'TACIT_TASK_UNKNOWN', 4404],
    [
      'of another version',
      helloText('d1').replace('"protocol":1', '"protocol":2'),
      'TACIT_PROTOCOL_VERSION',
      4400,
    ],
    ['that is something else', joinText(), 'TACIT_OUT_OF_PHASE', 4409],
    ['of a malformed name', helloText('no spaces'), 'TACIT_MESSAGE_INVALID', 4400],
  ])('%s is refused', (_, text, code, closeCode) => {
    const bench = new Bench()
    const device = bench.open()
    bench.say(device, text)
    expect(device.link.refusedWith).toBe(code)
    expect(device.link.closes[0]?.code).toBe(closeCode)
    expect(bench.sink.log).toEqual([])
  })

  it('is said once', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    bench.say(device, helloText('d1', tokenOf(device)))
    expect(device.link.refusedWith).toBe('TACIT_OUT_OF_PHASE')
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'gone d1'])
  })

  it('has a deadline', () => {
    const bench = new Bench()
    const device = bench.open()
    bench.timers.advance(bench.limits.helloDeadlineMs + bench.limits.sweepMs)
    expect(device.link.refusedWith).toBe('TACIT_HELLO_TIMEOUT')
    expect(device.link.terminated).toBe(false)
    bench.timers.advance(bench.limits.closeDeadlineMs + bench.limits.sweepMs)
    expect(device.link.terminated).toBe(true)
  })

  it('finds no room beyond maxDevices', () => {
    const bench = new Bench({ maxDevices: 2 })
    const [first, , third] = ['d1', 'd2', 'd3'].map((name) => bench.hello(name))
    expect(third!.link.refusedWith).toBe('TACIT_TOO_MANY_DEVICES')
    bench.sessions.end('d1', new TacitError('TACIT_TOO_SLOW'))
    expect(first!.link.refusedWith).toBe('TACIT_TOO_SLOW')
    expect(bench.hello('d3').link.last?.type).toBe('welcome')
  })

  it('sockets that belong to no session are bounded', () => {
    const bench = new Bench({ maxStrangers: 2 })
    const first = bench.open()
    expect(bench.sessions.refusal()).toBeUndefined()
    bench.open()
    expect(bench.sessions.refusal()?.code).toBe('TACIT_TOO_MANY_DEVICES')
    bench.say(first, helloText('d1'))
    expect(bench.sessions.refusal()).toBeUndefined()
    // A refused socket is a stranger again until it is closed.
    bench.say(first, 'nonsense')
    expect(bench.sessions.refusal()?.code).toBe('TACIT_TOO_MANY_DEVICES')
    bench.sessions.lost(first.connection)
    expect(bench.sessions.refusal()).toBeUndefined()
  })
})

describe('heartbeat', () => {
  it('pings a device and leaves one that answers alone', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    for (let beat = 1; beat <= 20; beat++) {
      bench.timers.advance(bench.limits.heartbeatMs + bench.limits.sweepMs)
      expect(device.link.pings).toBe(beat)
      bench.sessions.alive(device.connection)
    }
    expect(bench.sink.log).toEqual(['connected d1 homepage'])
  })

  it('gives a silent socket up, and the device may resume', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    bench.timers.advance(bench.limits.idleDeadlineMs + bench.limits.sweepMs)
    expect(device.link.terminated).toBe(true)
    expect(bench.sessions.stats()).toMatchObject({ detached: 1, closed: { TACIT_IDLE_TIMEOUT: 1 } })
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1'])
    expect(bench.hello('d1', tokenOf(device)).link.last).toMatchObject({ resumed: true })
  })
})

describe('ending a session', () => {
  it('happens when the sink throws, with its code, or TACIT_INTERNAL for what is not of the catalogue', () => {
    const bench = new Bench()
    const [first, second] = [bench.hello('d1'), bench.hello('d2')]
    bench.sink.onMessage = (device) => {
      throw device === 'd1' ? new TacitError('TACIT_OUT_OF_PHASE', { what: 'join' }) : new Error('a bug')
    }
    bench.say(first, joinText())
    bench.say(second, joinText())
    expect(first.link.refusedWith).toBe('TACIT_OUT_OF_PHASE')
    expect(second.link.refusedWith).toBe('TACIT_INTERNAL')
    expect(JSON.stringify(second.link.last)).not.toContain('a bug')
    expect(bench.sink.log.slice(2)).toEqual(['join d1', 'gone d1', 'join d2', 'gone d2'])
  })

  it('is said to the sink only after the call that caused it', async () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    device.link.bufferedAmount = bench.limits.maxBufferedBytes + 1
    expect(bench.sessions.send('d1', doneMessage)).toBe(false)
    expect(device.link.refusedWith).toBe('TACIT_TOO_SLOW')
    expect(bench.sink.log).toEqual(['connected d1 homepage'])
    await Promise.resolve()
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'gone d1'])
    expect(bench.sessions.devices).toBe(0)
  })

  it('ends a detached one too', async () => {
    const bench = new Bench()
    bench.sessions.lost(bench.hello('d1').connection)
    bench.sessions.end('d1', new TacitError('TACIT_TOO_SLOW'))
    await Promise.resolve()
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'gone d1'])
    expect(bench.timers.pending).toBe(0)
  })

  it('happens to a device that talks too much', () => {
    const bench = new Bench({ messageBurst: 10, messagesPerSecond: 10 })
    const device = bench.hello('d1')
    for (let i = 0; i < 9; i++) bench.say(device, joinText())
    bench.timers.advance(100)
    bench.say(device, joinText())
    expect(device.link.closes).toEqual([])
    bench.say(device, joinText())
    expect(device.link.refusedWith).toBe('TACIT_RATE_LIMITED')
  })

  it('does not count the frames of a granted vector as talk, unless they are crumbs', () => {
    const bench = new Bench({ messageBurst: 10, messagesPerSecond: 10, smallFrameBytes: 100 })
    const device = bench.hello('d1')
    bench.sessions.expectVector('d1', ROUND, 10_000)
    for (const frame of framesOf(vectorOf(10_000), ROUND, 100)) bench.sendFrame(device, frame)
    expect(sameBytes(bench.sink.vectors.get('d1'), vectorOf(10_000))).toBe(true)
    bench.sessions.expectVector('d1', ROUND, 10_000)
    for (const frame of framesOf(vectorOf(10_000), ROUND, 99)) bench.sendFrame(device, frame)
    expect(device.link.refusedWith).toBe('TACIT_RATE_LIMITED')
    expect(bench.sessions.stats().assemblyBytes).toBe(0)
  })

  it('happens to the device whose grant would pass the memory for vectors', async () => {
    const bench = new Bench({ maxAssemblyBytes: 1500 })
    const [first, second] = [bench.hello('d1'), bench.hello('d2')]
    bench.sessions.expectVector('d1', ROUND, 1000)
    bench.sessions.expectVector('d2', ROUND, 1000)
    await Promise.resolve()
    expect(first.link.closes).toEqual([])
    expect(second.link.refusedWith).toBe('TACIT_TOO_MANY_DEVICES')
    expect(bench.sink.log.at(-1)).toBe('gone d2')
  })

  it('happens to all when the gateway stops', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    bench.sessions.lost(bench.hello('d2').connection)
    const stranger = bench.open()
    bench.sessions.stop()
    for (const { link } of [device, stranger]) {
      expect(link.closes).toEqual([{ code: 1001, reason: 'TACIT_SHUTTING_DOWN' }])
      expect(link.refusedWith).toBe('TACIT_SHUTTING_DOWN')
    }
    expect(bench.sink.log.slice(3).toSorted()).toEqual(['gone d1', 'gone d2'])
    expect(bench.sessions.refusal()?.code).toBe('TACIT_SHUTTING_DOWN')
  })
})

describe('many devices', () => {
  it('20,000 idle ones cost one timer and little time', () => {
    const bench = new Bench({ maxDevices: 20_000 })
    const devices = Array.from({ length: 20_000 }, (_, i) => bench.hello(`d${i}`))
    // One for all sockets; none for sessions while none is detached.
    expect(bench.timers.pending).toBe(1)
    bench.timers.advance(bench.limits.heartbeatMs + bench.limits.sweepMs)
    expect(devices.every(({ link }) => link.pings === 1)).toBe(true)
  })
})
