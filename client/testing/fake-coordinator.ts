import {
  type CoordinatorMessage,
  type DeviceMessage,
  PROTOCOL_VERSION,
  parseDeviceMessage,
  serialise,
} from '@tacit/shared/protocol'
import type { OpenSocket, SocketHandlers } from '../socket.js'

/** The coordinator's end of one socket that a device under test opened. */
export class FakeSocket {
  readonly sent: (string | Uint8Array<ArrayBuffer>)[] = []
  readonly #handlers: SocketHandlers
  bufferedBytes = 0
  closedByDevice = false

  constructor(handlers: SocketHandlers) {
    this.#handlers = handlers
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.sent.push(data)
  }

  close(): void {
    this.closedByDevice = true
  }

  get messages(): DeviceMessage[] {
    return this.sent.filter((data) => typeof data === 'string').map(parseDeviceMessage)
  }

  get frames(): Uint8Array[] {
    return this.sent.filter((data) => typeof data !== 'string')
  }

  open(): void {
    this.#handlers.opened()
  }

  say(message: CoordinatorMessage): void {
    this.#handlers.message(serialise(message))
  }

  sayRaw(data: unknown): void {
    this.#handlers.message(data)
  }

  ping(): void {
    this.#handlers.heartbeat()
  }

  lose(reason = ''): void {
    this.#handlers.closed(reason)
  }

  welcome(resumed = false, resume = 'a'.repeat(32)): void {
    this.open()
    this.say({ type: 'welcome', protocol: PROTOCOL_VERSION, resume, resumed, heartbeatMs: 10_000 })
  }
}

export class FakeNetwork {
  readonly sockets: FakeSocket[] = []

  readonly openSocket: OpenSocket = (_url, handlers) => {
    const socket = new FakeSocket(handlers)
    this.sockets.push(socket)
    return socket
  }

  get last(): FakeSocket {
    return this.sockets.at(-1)!
  }
}
