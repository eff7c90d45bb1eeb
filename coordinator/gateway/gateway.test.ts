import { once } from 'node:events'
import { get, request } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { TacitError } from '@tacit/shared/errors'
import { framesOf, MAX_FRAME_BYTES } from '@tacit/shared/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { DEVICES_PATH } from './gateway.js'
import { DEFAULT_LIMITS, type GatewayLimits } from './limits.js'
import { doneMessage, helloText, joinText, ROUND, sameBytes, vectorOf } from './testing/fakes.js'
import { Ground } from './testing/sockets.js'

const grounds: Ground[] = []

async function ground(limits: Partial<GatewayLimits> = {}): Promise<Ground> {
  const opened = await new Ground(limits).listen()
  grounds.push(opened)
  return opened
}

afterEach(async () => {
  await Promise.all(grounds.splice(0).map((opened) => opened.close()))
})

/** What an upgrade request is answered when it is not upgraded. */
async function upgradeStatus(port: number, path: string): Promise<{ status: number; code: string }> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
  }
  const asked = request({ host: '127.0.0.1', port, path, headers }).end()
  const [response] = await once(asked, 'response')
  let body = ''
  for await (const chunk of response) body += chunk
  return { status: response.statusCode, code: JSON.parse(body).code }
}

describe('a device over a real socket', () => {
  it('says hello, uploads a vector in chunks and is told', async () => {
    const at = await ground()
    const device = await at.hello(helloText('d1'))
    const vector = vectorOf(600_000)
    at.gateway.expectVector('d1', ROUND, vector.length)
    at.sink.onVector = (name) => at.gateway.send(name, { type: 'received', roundId: ROUND })
    for (const frame of framesOf(vector, ROUND)) device.socket.send(frame)
    expect(await device.until('received')).toEqual({ type: 'received', roundId: ROUND })
    expect(sameBytes(at.sink.vectors.get('d1'), vector)).toBe(true)
    expect(at.gateway.devices).toBe(1)
    device.socket.close(1000)
    expect(await device.closed).toEqual({ code: 1000, reason: '' })
  })

  it('resumes after its socket broke', async () => {
    const at = await ground()
    const first = await at.hello(helloText('d1'))
    const { resume } = await first.until('welcome')
    first.socket.terminate()
    await first.closed
    const second = await at.hello(helloText('d1', resume))
    expect(await second.until('welcome')).toMatchObject({ resumed: true, resume })
    expect(at.sink.log).toEqual(['connected d1 homepage', 'detached d1', 'connected d1 homepage resumed'])
  })

  it('is connected once', async () => {
    const at = await ground()
    await at.hello(helloText('d1'))
    const second = await at.connect()
    second.socket.send(helloText('d1'))
    expect(await second.until('error')).toMatchObject({ code: 'TACIT_DEVICE_CONNECTED' })
    expect(await second.closed).toEqual({ code: 4409, reason: 'TACIT_DEVICE_CONNECTED' })
  })

  it('answers heartbeats by itself, and is cut off when it does not', async () => {
    const at = await ground({ heartbeatMs: 1000, idleDeadlineMs: 2500, sweepMs: 100 })
    const [alive, dead] = [await at.hello(helloText('alive')), await at.hello(helloText('dead'))]
    dead.socket.pause()
    for (let beat = 0; beat < 3; beat++) {
      const pinged = once(alive.socket, 'ping')
      at.timers.advance(1100)
      await pinged
      // A message of the device's after its pong shows that the pong has been read.
      alive.socket.send(joinText())
      await new Promise<void>((resolve) => {
        at.sink.onMessage = () => resolve()
      })
    }
    dead.socket.resume()
    expect((await dead.closed).code).toBe(1006)
    expect(at.gateway.stats()).toMatchObject({ devices: 2, detached: 1, closed: { TACIT_IDLE_TIMEOUT: 1 } })
  })

  it('has a deadline for its hello', async () => {
    const at = await ground()
    const device = await at.connect()
    at.timers.advance(10_000)
    expect(await device.closed).toEqual({ code: 4408, reason: 'TACIT_HELLO_TIMEOUT' })
  })

  it('is ended when it reads too slowly, and the next one is not', async () => {
    const at = await ground({ maxBufferedBytes: 256 * 1024 })
    const [slow, other] = [await at.hello(helloText('slow')), await at.hello(helloText('other'))]
    slow.socket.pause()
    const body = 'x'.repeat(1024 * 1024)
    let sent = 0
    while (at.gateway.send('slow', { type: 'sum', roundId: ROUND, step: 'x', body })) {
      if (++sent > 64) throw new Error('back-pressure never showed')
    }
    await Promise.resolve()
    expect(at.sink.log.at(-1)).toBe('gone slow')
    expect(at.gateway.send('other', doneMessage)).toBe(true)
    expect(await other.until('done')).toEqual(doneMessage)
    // One that reads on after all is told why.
    slow.socket.resume()
    expect(await slow.closed).toEqual({ code: 4503, reason: 'TACIT_TOO_SLOW' })
  })
})

describe('what is not even a message', () => {
  it.each([
    [
      'a payload beyond all limits',
      () => Buffer.alloc(MAX_FRAME_BYTES + 2000),
      1009,
      'TACIT_MESSAGE_TOO_LARGE',
    ],
    ['text that is not UTF-8', () => Buffer.from([0xff, 0xfe]), 1007, 'TACIT_MESSAGE_INVALID'],
  ])('%s closes that socket with a TACIT reason', async (_, payload, code, reason) => {
    const at = await ground()
    const [honest, device] = [await at.hello(helloText('honest')), await at.hello(helloText('d1'))]
    device.socket.send(payload(), { binary: code === 1009 })
    expect(await device.closed).toEqual({ code, reason })
    expect(at.sink.log.at(-1)).toBe('gone d1')
    expect(at.logged).toEqual([{ code: reason }])
    expect(at.gateway.send('honest', doneMessage)).toBe(true)
    expect(await honest.until('done')).toEqual(doneMessage)
  })

  it.each([
    ['an unmasked frame', Buffer.from([0x81, 0x02, 0x7b, 0x7d])],
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0])],
    ['a huge length', Buffer.from([0x82, 0xff, 0x7f, ...new Array<number>(11).fill(0xff)])],
    ['a frame cut short', Buffer.from([0x82, 0xfe, 0x10, 0x00, 1, 2, 3, 4, 5])],
  ])('%s over a raw connection harms nobody', async (_, bytes) => {
    const at = await ground()
    const honest = await at.hello(helloText('honest'))
    const raw = connectTcp(at.port, '127.0.0.1')
    raw.write(
      `GET ${DEVICES_PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    )
    await once(raw, 'data')
    const over = once(raw, 'close')
    raw.end(bytes)
    raw.resume()
    await over
    expect(at.gateway.send('honest', doneMessage)).toBe(true)
    expect(await honest.until('done')).toEqual(doneMessage)
    expect(at.gateway.devices).toBe(1)
  })
})

describe('upgrade requests', () => {
  it('elsewhere are answered 404, those without room 503', async () => {
    const at = await ground({ maxStrangers: 1 })
    expect(await upgradeStatus(at.port, '/elsewhere')).toEqual({ status: 404, code: 'TACIT_NOT_FOUND' })
    await at.connect(`${DEVICES_PATH}?x=1`)
    expect(await upgradeStatus(at.port, DEVICES_PATH)).toEqual({
      status: 503,
      code: 'TACIT_TOO_MANY_DEVICES',
    })
  })

  it('leave the rest of the HTTP server alone', async () => {
    const at = await ground()
    at.server.on('request', (_, response) => response.end('still here'))
    const [response] = await once(get({ host: '127.0.0.1', port: at.port }), 'response')
    expect(response.statusCode).toBe(200)
    response.resume()
  })
})

describe('stopping', () => {
  it('tells devices, cuts stragglers off at the deadline, and takes nobody any more', async () => {
    const at = await ground({ closeDeadlineMs: 60_000 })
    const [device, straggler] = [await at.hello(helloText('d1')), await at.hello(helloText('d2'))]
    straggler.socket.pause()
    const stopped = at.gateway.stop(1000)
    expect(await device.until('error')).toMatchObject({ code: 'TACIT_SHUTTING_DOWN' })
    expect(await device.closed).toEqual({ code: 1001, reason: 'TACIT_SHUTTING_DOWN' })
    expect(await upgradeStatus(at.port, DEVICES_PATH)).toEqual({ status: 503, code: 'TACIT_SHUTTING_DOWN' })
    at.timers.advance(1000)
    await stopped
    expect(at.timers.pending).toBe(0)
    expect(at.sink.log.slice(2).toSorted()).toEqual(['gone d1', 'gone d2'])
    straggler.socket.resume()
    await straggler.closed
  })

  it('takes no time without devices', async () => {
    const at = await ground()
    await at.gateway.stop(1000)
    expect(at.timers.pending).toBe(0)
  })
})

describe('the log at its default level', () => {
  it('never holds a resume token', async () => {
    const at = await ground()
    const device = await at.hello(helloText('d1'))
    const { resume } = await device.until('welcome')
    device.socket.send(helloText('d1', resume))
    await device.closed
    expect(at.logged).toEqual([{ code: 'TACIT_OUT_OF_PHASE' }])
  })

  it('never says who was there: what is closed is logged by its code alone', async () => {
    const at = await ground()
    const names = ['refused', 'silent', 'broken', 'failing']
    const [refused, , broken] = await Promise.all(names.map((name) => at.hello(helloText(name))))
    at.sink.onGone = () => {
      throw new Error('a bug')
    }
    refused!.socket.send('nonsense')
    broken!.socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    await Promise.all([refused!.closed, broken!.closed])
    at.gateway.end('failing', new TacitError('TACIT_TOO_SLOW'))
    at.timers.advance(DEFAULT_LIMITS.idleDeadlineMs + DEFAULT_LIMITS.sweepMs)
    expect(at.logged.map((fields) => ('code' in fields ? fields.code : 'a bug')).toSorted()).toEqual([
      'TACIT_IDLE_TIMEOUT',
      'TACIT_MESSAGE_INVALID',
      'TACIT_MESSAGE_INVALID',
      'TACIT_TOO_SLOW',
      'a bug',
      'a bug',
      'a bug',
    ])
    for (const name of names) expect(JSON.stringify(at.logged)).not.toContain(name)
  })
})
