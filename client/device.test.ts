import { describe, expect, it } from 'vitest'
import {
  assembled,
  eventTypes,
  expectedVector,
  type SetUp,
  settle,
  setUp,
  toUpload,
  typesOf,
} from './testing/device-bench.js'
import { sample } from './testing/sample.js'

const TOKEN = 'a'.repeat(32)

describe('a device in a round', () => {
  it('says hello, joins, fetches, trains and uploads its vector in chunks', async () => {
    const bench = setUp()
    await toUpload(bench)
    const { network, roundId } = bench
    const packed = expectedVector(bench)
    expect(network.last.messages).toEqual([
      { type: 'hello', protocol: 1, task: 'homepage', device: 'd1' },
      { type: 'join', roundId },
      { type: 'upload', roundId, bytes: packed.length },
    ])
    expect(network.last.frames).toEqual([])
    network.last.say({ type: 'grant', roundId, chunkBytes: 100 })
    expect(network.last.frames.length).toBe(Math.ceil(packed.length / 100))
    expect(assembled(network.last.frames, packed.length)).toEqual(packed)
    network.last.say({ type: 'received', roundId })
    network.last.say({ type: 'done', roundId, outcome: 'released', survivors: 4 })
    expect(eventTypes(bench)).toEqual(['connected', 'round-started', 'round-ended'])
  })

  it('resumes with its token and sends the same bytes again', async () => {
    const bench = setUp()
    await toUpload(bench)
    const { network, timers, roundId } = bench
    const first = network.last
    first.say({ type: 'grant', roundId, chunkBytes: 1000 })
    first.lose()
    timers.advance(250)
    expect(network.sockets).toHaveLength(2)
    network.last.welcome(true)
    network.last.say(bench.begin)
    await settle()
    expect(network.last.messages).toMatchObject([{ type: 'hello', resume: TOKEN }, { type: 'upload' }])
    network.last.say({ type: 'grant', roundId, chunkBytes: 1000 })
    expect(network.last.frames).toEqual(first.frames)
  })

  it('holds frames back while the socket is full', async () => {
    const bench = setUp()
    await toUpload(bench)
    const { network, timers, roundId } = bench
    network.last.bufferedBytes = 2 * 1024 * 1024
    network.last.say({ type: 'grant', roundId, chunkBytes: 100 })
    expect(network.last.frames).toHaveLength(0)
    timers.advance(100)
    expect(network.last.frames).toHaveLength(0)
    network.last.bufferedBytes = 0
    timers.advance(10)
    expect(assembled(network.last.frames, expectedVector(bench).length)).toEqual(expectedVector(bench))
  })

  it('sends no frame of a round that ended meanwhile', async () => {
    const bench = setUp()
    await toUpload(bench)
    const { network, timers, roundId } = bench
    network.last.bufferedBytes = 2 * 1024 * 1024
    network.last.say({ type: 'grant', roundId, chunkBytes: 100 })
    network.last.say({ type: 'done', roundId, outcome: 'aborted' })
    network.last.bufferedBytes = 0
    timers.advance(1000)
    expect(network.last.frames).toHaveLength(0)
  })

  it('leaves with TACIT_MODEL_HASH when a part of the model was changed', async () => {
    const bench = setUp()
    const path = `/v1/parts/${bench.fetched.manifest.parts[0]!.hash}`
    bench.served.set(
      path,
      bench.served.get(path)!.map((byte, i) => (i === 1 ? byte ^ 1 : byte)),
    )
    await toUpload(bench)
    expect(bench.network.last.messages.at(-1)).toEqual({
      type: 'leave',
      roundId: bench.roundId,
      code: 'TACIT_MODEL_HASH',
    })
  })

  it('leaves when its round takes too long', async () => {
    const bench = setUp({ deadlines: { roundDeadlineMs: 5000 } })
    await toUpload(bench)
    bench.timers.advance(5000)
    expect(bench.network.last.messages.at(-1)).toMatchObject({ type: 'leave', code: 'TACIT_IDLE_TIMEOUT' })
  })

  it('leaves and disconnects when it is stopped, and leaves no timer behind', async () => {
    const bench = setUp()
    await toUpload(bench)
    bench.device.stop()
    expect(bench.network.last.messages.at(-1)).toMatchObject({ type: 'leave', code: 'TACIT_SHUTTING_DOWN' })
    expect(bench.network.last.closedByDevice).toBe(true)
    expect(bench.timers.pending).toBe(0)
  })
})

it('a device stopped on hearing that its connection is lost does not come back', () => {
  const bench: SetUp = setUp({
    onEvent: (event) => {
      if (event.type === 'disconnected') bench.device.stop()
    },
  })
  bench.device.start()
  bench.network.last.welcome()
  bench.network.last.lose()
  bench.timers.advance(60_000)
  expect([bench.network.sockets.length, bench.timers.pending]).toEqual([1, 0])
})

describe('a device that is to vanish', () => {
  it.each(['join', 'upload', 'frame'])('does so at its %s, and comes back as a stranger', async (step) => {
    const bench = setUp({ beforeSend: ({ type }) => (type === step ? 'vanish' : 'send') })
    await toUpload(bench)
    const { network, timers, roundId } = bench
    const [first] = network.sockets
    if (step === 'frame') first!.say({ type: 'grant', roundId, chunkBytes: 100 })
    expect(first!.closedByDevice).toBe(true)
    expect(typesOf(first!.messages)).not.toContain(step)
    expect(typesOf(first!.messages)).not.toContain('leave')
    expect(first!.frames).toEqual([])
    expect(eventTypes(bench)).toContain('vanished')
    timers.advance(250)
    network.last.welcome(false)
    expect(network.last.messages).toEqual([{ type: 'hello', protocol: 1, task: 'homepage', device: 'd1' }])
  })
})

describe('keeping in touch', () => {
  it('waits longer after each failure, up to a bound, and starts over once it is of use again', () => {
    const bench = setUp({ backoff: { firstMs: 100, longestMs: 400 } })
    bench.device.start()
    for (let i = 0; i < 4; i++) {
      bench.network.last.lose()
      bench.timers.advance(400)
    }
    bench.network.last.welcome()
    bench.network.last.lose()
    bench.timers.advance(400)
    bench.network.last.welcome()
    bench.network.last.say({ type: 'invite', plan: bench.plan })
    bench.network.last.lose()
    const waits = bench.events.flatMap((event) => (event.type === 'waiting' ? [event.forMs] : []))
    expect(waits).toEqual([100, 200, 400, 400, 400, 100])
  })

  it('comes back when `later` says, never later than a day', () => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.welcome()
    bench.network.last.say({ type: 'later', afterMs: 60_000 })
    expect(bench.network.last.closedByDevice).toBe(true)
    bench.timers.advance(59_999)
    expect(bench.network.sockets).toHaveLength(1)
    bench.timers.advance(1)
    expect(bench.network.sockets).toHaveLength(2)
    bench.network.last.welcome()
    bench.network.last.say({ type: 'later', afterMs: 2 ** 31 - 1 })
    bench.timers.advance(24 * 60 * 60 * 1000)
    expect(bench.network.sockets).toHaveLength(3)
  })

  it('gives up a socket that is not welcomed, and one that fell silent', () => {
    const bench = setUp({ deadlines: { welcomeDeadlineMs: 1000, silenceDeadlineMs: 60_000 } })
    bench.device.start()
    bench.timers.advance(1000)
    expect(bench.network.last.closedByDevice).toBe(true)
    bench.timers.advance(250)
    bench.network.last.welcome()
    bench.timers.advance(59_999)
    expect(bench.network.last.closedByDevice).toBe(false)
    bench.timers.advance(1)
    expect(bench.network.last.closedByDevice).toBe(true)
  })

  it('misses heartbeats sooner where it can see them', () => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.welcome()
    bench.network.last.ping()
    bench.timers.advance(29_999)
    bench.network.last.ping()
    bench.timers.advance(29_999)
    expect(bench.network.last.closedByDevice).toBe(false)
    bench.timers.advance(1)
    expect(bench.network.last.closedByDevice).toBe(true)
  })

  it.each(['TACIT_TASK_UNKNOWN', 'TACIT_PROTOCOL_VERSION'])('stops for good on %s', (code) => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.open()
    bench.network.last.say({ type: 'error', code, message: 'no' })
    expect(bench.events).toEqual([
      { type: 'error', code, message: 'no' },
      { type: 'stopped', code },
    ])
    expect([bench.network.last.closedByDevice, bench.timers.pending]).toEqual([true, 0])
  })

  it('backs off on every other error, and on those a close names', () => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.open()
    bench.network.last.say({ type: 'error', code: 'TACIT_DEVICE_CONNECTED', message: 'twice' })
    bench.timers.advance(250)
    bench.network.last.lose('TACIT_TOO_MANY_DEVICES')
    bench.timers.advance(500)
    expect(bench.network.sockets).toHaveLength(3)
    expect(bench.events.filter(({ type }) => type === 'error')).toMatchObject([
      { code: 'TACIT_DEVICE_CONNECTED' },
      { code: 'TACIT_TOO_MANY_DEVICES' },
    ])
  })

  it('leaves its round when the coordinator complains of what it said there', async () => {
    const bench = setUp()
    await toUpload(bench)
    bench.network.last.say({ type: 'error', code: 'TACIT_VECTOR_SIZE', message: 'too short' })
    expect(bench.events).toContainEqual(
      expect.objectContaining({ type: 'round-ended', outcome: 'left', code: 'TACIT_VECTOR_SIZE' }),
    )
  })

  it.each<[string, unknown, string]>([
    ['what is not JSON', '{', 'TACIT_MESSAGE_INVALID'],
    ['what is not a message', '{"type":"sell"}', 'TACIT_MESSAGE_INVALID'],
    ['binary', new ArrayBuffer(4), 'TACIT_MESSAGE_INVALID'],
    ['a flood', `"${'x'.repeat(4 * 1024 * 1024)}"`, 'TACIT_MESSAGE_TOO_LARGE'],
    ['a second welcome', undefined, 'TACIT_OUT_OF_PHASE'],
  ])('closes on %s', (_, data, code) => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.welcome()
    if (data === undefined) bench.network.last.welcome()
    else bench.network.last.sayRaw(data)
    expect(bench.network.last.closedByDevice).toBe(true)
    expect(bench.events).toContainEqual(expect.objectContaining({ type: 'error', code }))
  })

  it('closes on a message before the welcome', () => {
    const bench = setUp()
    bench.device.start()
    bench.network.last.open()
    bench.network.last.say({ type: 'invite', plan: bench.plan })
    expect(bench.events[0]).toMatchObject({ type: 'error', code: 'TACIT_OUT_OF_PHASE' })
  })

  it('hears nothing from a socket it gave up', () => {
    const bench = setUp()
    bench.device.start()
    const [old] = bench.network.sockets
    old!.lose()
    bench.timers.advance(250)
    old!.welcome()
    old!.lose()
    expect(eventTypes(bench)).toEqual(['waiting'])
    expect(bench.network.sockets).toHaveLength(2)
  })

  it.each(['not a url', 'ftp://coordinator.test', 'ws://coordinator.test'])(
    'refuses the address %s',
    (url) => {
      expect(() => setUp({ url })).toThrow(expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }))
    },
  )
})

describe('recommendations', () => {
  it('come from the newest model and the local history, as item ids', async () => {
    const bench = setUp()
    const ranked = await bench.device.recommend({ count: 3 })
    expect(ranked).toHaveLength(3)
    for (const { item } of ranked) {
      expect(bench.catalogue.row(item)).toBeDefined()
      expect(['item-3', 'item-5', 'item-7', 'item-9']).not.toContain(item)
    }
    expect(ranked.map(({ score }) => score)).toEqual(
      ranked.map(({ score }) => score).toSorted((a, b) => b - a),
    )
  })

  it('come from the last model known when the coordinator cannot be reached', async () => {
    const bench = setUp()
    const before = await bench.device.recommend({ count: 3 })
    bench.served.clear()
    expect(await bench.device.recommend({ count: 3 })).toEqual(before)
  })

  it('do not fall back to the older model of a slow round', async () => {
    const bench = setUp()
    const path = '/v1/tasks/homepage/model'
    const old = bench.served.get(path)!
    const newer = sample(2)
    const manifest = { ...newer.fetched.manifest, round: 2 }
    for (const [address, bytes] of newer.served) bench.served.set(address, bytes)
    bench.served.set(path, new TextEncoder().encode(JSON.stringify(manifest)))
    const newest = await bench.device.recommend({ count: 3 })
    bench.served.set(path, old)
    await toUpload(bench)
    expect(bench.network.last.messages.at(-1)).toMatchObject({ type: 'upload' })
    bench.served.clear()
    expect(await bench.device.recommend({ count: 3 })).toEqual(newest)
  })

  it('fall back to the model of a later round than the one they last came from', async () => {
    const bench = setUp()
    const path = '/v1/tasks/homepage/model'
    const released = bench.served.get(path)!
    const older = sample(2)
    for (const [address, bytes] of older.served) bench.served.set(address, bytes)
    const before = await bench.device.recommend({ count: 3 })
    bench.served.set(path, released)
    await toUpload(bench)
    bench.served.clear()
    expect(await bench.device.recommend({ count: 3 })).not.toEqual(before)
  })

  it('cannot be had without any model', async () => {
    const bench = setUp()
    bench.served.clear()
    await expect(bench.device.recommend({ count: 3 })).rejects.toThrow(
      expect.objectContaining({ code: 'TACIT_MODEL_UNAVAILABLE' }),
    )
  })
})
