import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CoordinatorMessage,
  decodeFrame,
  parseDeviceMessage,
  VectorAssembly,
} from '@tacit/shared/protocol'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { type DeviceEvent, History } from '../index.js'
import { sample } from '../testing/sample.js'
import { createNodeDevice } from './index.js'

const task = sample()
const { plan, begin, served } = task
const { roundId } = plan
const vectorBytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A coordinator that plays one round with whoever comes, and breaks the first connection off at the grant. */
async function startServer(onVector: (packed: Uint8Array) => void): Promise<string> {
  const http = createServer((request, response) => {
    const bytes = served.get(request.url ?? '')
    response.writeHead(bytes ? 200 : 404).end(bytes)
  })
  const sockets = new WebSocketServer({ server: http, path: '/v1/devices' })
  let connections = 0
  sockets.on('connection', (socket) => {
    const first = ++connections === 1
    const assembly = new VectorAssembly(vectorBytes)
    const say = (message: CoordinatorMessage) => socket.send(JSON.stringify(message))
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) {
        const packed = assembly.add(decodeFrame(data))
        if (!packed) return
        onVector(packed)
        say({ type: 'received', roundId })
        say({ type: 'done', roundId, outcome: 'released', survivors: 4 })
        return
      }
      const message = parseDeviceMessage(data.toString())
      if (message.type === 'hello') {
        const resumed = message.resume !== undefined
        say({ type: 'welcome', protocol: 1, resume: 'b'.repeat(32), resumed, heartbeatMs: 1000 })
        socket.ping()
        say(resumed ? begin : { type: 'invite', plan })
      } else if (message.type === 'join') say(begin)
      else if (message.type === 'upload') {
        if (first) socket.terminate()
        else say({ type: 'grant', roundId, chunkBytes: 500 })
      }
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closing.push(
    () => http.close(),
    () => sockets.close(),
  )
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

it('a Node device completes a round over ws, through a lost connection', async () => {
  const vectors: Uint8Array[] = []
  const url = await startServer((packed) => vectors.push(packed))
  const history = new History()
  for (const [at, row] of [1, 2, 3, 4].entries()) history.add({ item: `item-${row}`, at })
  const events: DeviceEvent[] = []
  const ended = new Promise<DeviceEvent>((resolve) => {
    const device = createNodeDevice({
      limits: { secureSums: ['plain'], minimumCohort: 2 },
      url,
      task: plan.task,
      history,
      backoff: { firstMs: 1, longestMs: 1 },
      onEvent: (event) => {
        events.push(event)
        if (event.type === 'round-ended') resolve(event)
      },
    })
    closing.push(() => device.stop())
    device.start()
  })
  expect(await ended).toMatchObject({ outcome: 'released', survivors: 4 })
  expect(vectors).toHaveLength(1)
  expect(events.flatMap((event) => (event.type === 'connected' ? [event.resumed] : []))).toEqual([
    false,
    true,
  ])
})
