import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CoordinatorMessage, parseCoordinatorMessage } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { WebSocket } from 'ws'
import { DEVICES_PATH, Gateway } from '../gateway.js'
import type { GatewayLimits } from '../limits.js'
import { loggerInto, RecordingSink } from './fakes.js'
import { ManualTimers } from './manual-timers.js'

/** A gateway on a real server, on a port of the loopback, under manual time. */
export class Ground {
  readonly timers = new ManualTimers()
  readonly sink = new RecordingSink()
  /** What the default level shows of the log. */
  readonly logged: object[] = []
  readonly gateway: Gateway
  readonly server: Server = createServer()

  constructor(limits: Partial<GatewayLimits> = {}) {
    this.gateway = new Gateway({
      sink: this.sink,
      hasTask: (task) => task === 'homepage',
      limits,
      timers: this.timers,
      random: new SecureRandom(),
      logger: loggerInto(this.logged),
    })
    this.gateway.attach(this.server)
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return this
  }

  async connect(path = DEVICES_PATH): Promise<TestDevice> {
    const device = new TestDevice(new WebSocket(`ws://127.0.0.1:${this.port}${path}`))
    await once(device.socket, 'open')
    return device
  }

  /** A device past its welcome. */
  async hello(text: string): Promise<TestDevice> {
    const device = await this.connect()
    device.socket.send(text)
    await device.until('welcome')
    return device
  }

  async close(): Promise<void> {
    const stopped = this.gateway.stop(0)
    this.timers.advance(0)
    await stopped
    this.server.close()
  }
}

/** The other end, which keeps what it is told. */
class TestDevice {
  readonly socket: WebSocket
  readonly messages: CoordinatorMessage[] = []
  readonly closed: Promise<{ code: number; reason: string }>

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data) => this.messages.push(parseCoordinatorMessage(String(data))))
    socket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
    })
  }

  /** The first message of a type, as soon as it is there. */
  async until<T extends CoordinatorMessage['type']>(
    type: T,
  ): Promise<Extract<CoordinatorMessage, { type: T }>> {
    for (;;) {
      const found = this.messages.find((message) => message.type === type)
      if (found) return found as Extract<CoordinatorMessage, { type: T }>
      await once(this.socket, 'message')
    }
  }
}
