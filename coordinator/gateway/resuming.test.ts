import { TacitError } from '@tacit/shared/errors'
import { framesOf } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { Bench, doneMessage, joinText, ROUND, sameBytes, tokenOf, vectorOf } from './testing/fakes.js'

describe('resuming', () => {
  it('takes a detached session up again', () => {
    const bench = new Bench()
    const first = bench.hello('d1')
    bench.sessions.lost(first.connection)
    expect(bench.sessions.stats()).toMatchObject({ devices: 1, detached: 1, strangers: 0 })
    bench.timers.advance(bench.limits.resumeWindowMs - 1)
    const second = bench.hello('d1', tokenOf(first))
    expect(second.link.last).toMatchObject({ type: 'welcome', resumed: true, resume: tokenOf(first) })
    bench.timers.advance(bench.limits.resumeWindowMs)
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'connected d1 homepage resumed'])
    expect(bench.sessions.stats()).toMatchObject({ devices: 1, detached: 0 })
  })

  it('takes over from a socket that is open but dead', () => {
    const bench = new Bench()
    const dead = bench.hello('d1')
    const second = bench.hello('d1', tokenOf(dead))
    expect(dead.link.terminated).toBe(true)
    expect(second.link.last).toMatchObject({ type: 'welcome', resumed: true })
    // What the old socket still delivers, and its end, no longer count.
    bench.say(dead, joinText())
    bench.sessions.lost(dead.connection)
    expect(bench.sessions.send('d1', doneMessage)).toBe(true)
    expect(second.link.last).toEqual(doneMessage)
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'connected d1 homepage resumed'])
  })

  it("says nothing stale: what is sent to a detached device is the engine's to say again", () => {
    const bench = new Bench()
    const first = bench.hello('d1')
    bench.sessions.lost(first.connection)
    expect(bench.sessions.send('d1', doneMessage)).toBe(true)
    bench.sink.onConnected = (device) => bench.sessions.send(device, doneMessage)
    const second = bench.hello('d1', tokenOf(first))
    expect(second.link.sent.map((message) => message.type)).toEqual(['welcome', 'done'])
  })

  it('forgets a half-received vector, whose frames then need a new grant', () => {
    const bench = new Bench()
    const frames = [...framesOf(vectorOf(1000), ROUND, 300)]
    const first = bench.hello('d1')
    bench.sessions.expectVector('d1', ROUND, 1000)
    bench.sendFrame(first, frames[0]!)
    bench.sessions.lost(first.connection)
    expect(bench.sessions.stats().assemblyBytes).toBe(0)
    bench.sessions.expectVector('d1', ROUND, 1000)
    expect(bench.sessions.stats().assemblyBytes).toBe(0)
    bench.sink.onConnected = (device) => bench.sessions.expectVector(device, ROUND, 1000)
    const second = bench.hello('d1', tokenOf(first))
    for (const frame of frames) bench.sendFrame(second, frame)
    expect(sameBytes(bench.sink.vectors.get('d1'), vectorOf(1000))).toBe(true)
  })

  it('ends with its window', () => {
    const bench = new Bench()
    const first = bench.hello('d1')
    bench.sessions.lost(first.connection)
    bench.timers.advance(bench.limits.resumeWindowMs + bench.limits.sweepMs)
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'gone d1'])
    expect(bench.sessions.send('d1', doneMessage)).toBe(false)
    expect(bench.hello('d1', tokenOf(first)).link.last).toMatchObject({ type: 'welcome', resumed: false })
    expect(bench.timers.pending).toBe(1)
  })

  it.each([
    ['without a token', undefined],
    ['with another token', '0'.repeat(32)],
  ])('%s: refused for as long as the session is kept, attached or not; then the name is free', (_, token) => {
    const bench = new Bench()
    const first = bench.hello('d1')
    const told = { code: 'TACIT_DEVICE_CONNECTED', message: expect.stringContaining('d1') }
    const whileConnected = bench.hello('d1', token)
    bench.sessions.lost(first.connection)
    bench.timers.advance(bench.limits.resumeWindowMs - 1)
    const whileDetached = bench.hello('d1', token)
    for (const { link } of [whileConnected, whileDetached]) {
      expect(link.refusedWith).toBe('TACIT_DEVICE_CONNECTED')
      expect(link.last).toMatchObject(told)
    }
    // The place is still its own device's.
    const second = bench.hello('d1', tokenOf(first))
    expect(second.link.last).toMatchObject({ type: 'welcome', resumed: true })
    bench.sessions.lost(second.connection)
    bench.timers.advance(bench.limits.resumeWindowMs + bench.limits.sweepMs)
    const newcomer = bench.hello('d1', token)
    expect(newcomer.link.last).toMatchObject({ type: 'welcome', resumed: false })
    expect(tokenOf(newcomer)).not.toBe(tokenOf(first))
    expect(bench.sink.log).toEqual([
      'connected d1 homepage',
      'detached d1',
      'connected d1 homepage resumed',
      'detached d1',
      'gone d1',
      'connected d1 homepage',
    ])
  })

  it('a refused attempt does not lengthen the window', () => {
    const bench = new Bench()
    bench.sessions.lost(bench.hello('d1').connection)
    bench.timers.advance(bench.limits.resumeWindowMs - 1)
    bench.sessions.lost(bench.hello('d1').connection)
    bench.timers.advance(1 + bench.limits.sweepMs)
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'gone d1'])
  })
})

describe('being detached', () => {
  it('is said once for each loss of the socket, when the place is already without one', () => {
    const bench = new Bench()
    const first = bench.hello('d1')
    bench.sink.onDetached = () => {
      expect(bench.sessions.stats()).toMatchObject({ devices: 1, detached: 1 })
    }
    bench.sessions.lost(first.connection)
    bench.sessions.lost(first.connection)
    bench.sessions.lost(bench.hello('d1', tokenOf(first)).connection)
    expect(bench.sink.log).toEqual([
      'connected d1 homepage',
      'detached d1',
      'connected d1 homepage resumed',
      'detached d1',
    ])
  })

  it('is not said of a session that ends at once, nor of a stranger', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    bench.say(device, 'nonsense')
    bench.sessions.lost(device.connection)
    bench.sessions.lost(bench.open().connection)
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'gone d1'])
  })

  it('may be answered by the end of the session', async () => {
    const bench = new Bench()
    bench.sink.onDetached = (device) => bench.sessions.end(device, new TacitError('TACIT_TOO_SLOW'))
    bench.sessions.lost(bench.hello('d1').connection)
    await Promise.resolve()
    expect(bench.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'gone d1'])
    expect(bench.timers.pending).toBe(0)
  })

  it('keeps the place even if the sink fails over it', () => {
    const bench = new Bench()
    const device = bench.hello('d1')
    bench.sink.onDetached = () => {
      throw new Error('a bug')
    }
    bench.sessions.lost(device.connection)
    expect(bench.logged).toEqual([{ err: new Error('a bug') }])
    expect(bench.hello('d1', tokenOf(device)).link.last).toMatchObject({ resumed: true })
  })
})
