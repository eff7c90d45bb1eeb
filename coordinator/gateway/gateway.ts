import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { TacitError } from '@tacit/shared/errors'
import type { CoordinatorMessage } from '@tacit/shared/protocol'
import type { SecureRandom } from '@tacit/shared/random'
import type { Member } from '@tacit/shared/secagg'
import { WebSocketServer } from 'ws'
import { DeviceSocket } from './device-socket.js'
import { DEFAULT_LIMITS, type GatewayLimits, MAX_PAYLOAD_BYTES } from './limits.js'
import { refuseUpgrade } from './refuse-upgrade.js'
import { type GatewayStats, Sessions } from './sessions.js'
import type { GatewayLogger, GatewaySink } from './sink.js'
import type { Timers } from './timers.js'

/** Where devices open their WebSocket. */
export const DEVICES_PATH = '/v1/devices'

export interface GatewayOptions {
  readonly sink: GatewaySink
  hasTask(task: string): boolean
  readonly limits?: Partial<GatewayLimits>
  readonly timers: Timers
  readonly random: SecureRandom
  readonly logger: GatewayLogger
}

/** Devices' WebSockets: binds {@link Sessions}, which has the rules, to `ws` and an HTTP server. */
export class Gateway {
  readonly #sessions: Sessions
  readonly #timers: Timers
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD_BYTES,
    // So that crumbs of one message cost little more memory than the message.
    maxFragments: 1024,
    maxBufferedChunks: 4096,
    WebSocket: DeviceSocket,
  })
  #stopped: Promise<void> | undefined
  #onLost: () => void = () => {}

  constructor(options: GatewayOptions) {
    const limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.#timers = options.timers
    this.#sessions = new Sessions({ ...options, hasTask: (task) => options.hasTask(task), limits })
  }

  /** Sessions, detached ones included. */
  get devices(): number {
    return this.#sessions.devices
  }

  stats(): GatewayStats {
    return this.#sessions.stats()
  }

  /** Takes over all of the server's upgrade requests; those for another path are answered 404. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
  }

  /**
   * Sends to a device; for one that is detached this does nothing, see {@link GatewaySink.connected}. A
   * device for which too much waits already is ended with TACIT_TOO_SLOW.
   * @returns false when there is no such session, or no longer
   */
  send(device: Member, message: CoordinatorMessage): boolean {
    return this.#sessions.send(device, message)
  }

  /**
   * From now on this device's frames for this round are collected, `bytes` in all. Without a grant a frame
   * is a violation. Does nothing for a detached device: it is granted anew once it is back.
   */
  expectVector(device: Member, roundId: string, bytes: number): void {
    this.#sessions.expectVector(device, roundId, bytes)
  }

  /** The vector is no longer wanted: frames of it that still come are dropped, up to what was granted. */
  forgetVector(device: Member): void {
    this.#sessions.forgetVector(device)
  }

  /** Turns a device away for good, telling it why. */
  end(device: Member, error: TacitError): void {
    this.#sessions.end(device, error)
  }

  /**
   * Tells every device TACIT_SHUTTING_DOWN and closes its socket (1001); cuts off those that have not
   * answered by the deadline. New requests are answered 503 from now on.
   */
  stop(deadlineMs: number): Promise<void> {
    this.#stopped ??= this.#stop(deadlineMs)
    return this.#stopped
  }

  async #stop(deadlineMs: number): Promise<void> {
    this.#sessions.stop()
    if (this.#sessions.connections === 0) return
    await new Promise<void>((resolve) => {
      const deadline = this.#timers.set(deadlineMs, () => this.#sessions.terminateAll())
      this.#onLost = () => {
        if (this.#sessions.connections > 0) return
        deadline.cancel()
        resolve()
      }
    })
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url?.split('?', 1)[0] ?? ''
    const refusal =
      path === DEVICES_PATH ? this.#sessions.refusal() : new TacitError('TACIT_NOT_FOUND', { path })
    if (refusal) refuseUpgrade(socket, refusal)
    else this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#opened(webSocket))
  }

  #opened(socket: DeviceSocket): void {
    const sessions = this.#sessions
    const connection = sessions.opened(socket)
    // With the default binary type every message is one Buffer.
    socket.on('message', (data, isBinary) => {
      if (isBinary) sessions.binary(connection, data as Buffer)
      else sessions.text(connection, data as Buffer)
    })
    socket.on('ping', () => sessions.alive(connection))
    socket.on('pong', () => sessions.alive(connection))
    socket.on('error', () => {
      if (socket.violation) sessions.broken(connection, socket.violation)
    })
    socket.on('close', () => {
      sessions.lost(connection)
      this.#onLost()
    })
  }
}
