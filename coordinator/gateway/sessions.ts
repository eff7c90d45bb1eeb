import { bytesToHex } from '@tacit/shared/bytes'
import { codeOf, type ErrorCode, TacitError } from '@tacit/shared/errors'
import {
  type CoordinatorMessage,
  type DeviceMessage,
  decodeFrame,
  FRAME_HEADER_BYTES,
  PROTOCOL_VERSION,
  parseDeviceMessage,
} from '@tacit/shared/protocol'
import type { SecureRandom } from '@tacit/shared/random'
import type { Member } from '@tacit/shared/secagg'
import { Connection, type Link } from './connection.js'
import type { GatewayLimits } from './limits.js'
import { Session } from './session.js'
import type { GatewayLogger, GatewaySink } from './sink.js'
import { Sweep } from './sweep.js'
import type { Timers } from './timers.js'
import { AssemblyBudget, VectorIntake } from './vector-intake.js'

interface SessionsOptions {
  readonly sink: GatewaySink
  readonly hasTask: (task: string) => boolean
  readonly limits: GatewayLimits
  readonly timers: Timers
  readonly random: SecureRandom
  readonly logger: GatewayLogger
}

export interface GatewayStats {
  /** Sessions, and those of them that wait for their device to come back. */
  readonly devices: number
  readonly detached: number
  /** Sockets without a session: before hello, or closing. */
  readonly strangers: number
  /** Bytes taken for half-received vectors. */
  readonly assemblyBytes: number
  /** Sockets closed by the gateway so far, by reason. */
  readonly closed: Readonly<Partial<Record<ErrorCode, number>>>
}

type Hello = Extract<DeviceMessage, { type: 'hello' }>

/**
 * The gateway's rules, sans I/O: sockets are {@link Link}s, what they say comes in by method calls, time is
 * injected. Nothing here throws at the caller: whatever a device does wrong ends its own connection.
 */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #sessions = new Map<Member, Session>()
  readonly #connections: Sweep<Connection>
  readonly #detached: Sweep<Session>
  readonly #budget: AssemblyBudget
  readonly #closed: Partial<Record<ErrorCode, number>> = {}
  /** Devices whose `gone` is still to be said. */
  readonly #departed: Member[] = []
  #stopping = false

  constructor(options: SessionsOptions) {
    const { timers, limits } = options
    this.#options = options
    this.#budget = new AssemblyBudget(limits.maxAssemblyBytes)
    this.#connections = new Sweep(timers, limits.sweepMs, (connection, now) => this.#beat(connection, now))
    this.#detached = new Sweep(timers, limits.sweepMs, (session) => {
      this.#finish(session)
      this.#sayGone()
    })
  }

  get devices(): number {
    return this.#sessions.size
  }

  get connections(): number {
    return this.#connections.size
  }

  stats(): GatewayStats {
    const detached = this.#detached.size
    return {
      devices: this.#sessions.size,
      detached,
      strangers: this.#connections.size - (this.#sessions.size - detached),
      assemblyBytes: this.#budget.used,
      closed: { ...this.#closed },
    }
  }

  /** Why no socket may be opened now, if so. */
  refusal(): TacitError | undefined {
    if (this.#stopping) return new TacitError('TACIT_SHUTTING_DOWN')
    const full = this.stats().strangers >= this.#options.limits.maxStrangers
    return full ? new TacitError('TACIT_TOO_MANY_DEVICES') : undefined
  }

  /** A socket opened. The answer names it in the methods below. */
  opened(link: Link): Connection {
    const connection = new Connection(link, this.#options.limits, this.#options.timers.now())
    this.#connections.watch(connection)
    return connection
  }

  /** A text message: UTF-8. */
  text(connection: Connection, bytes: Buffer): void {
    this.#hear(connection, true, () => {
      const limit = this.#options.limits.maxTextBytes
      if (bytes.length > limit) throw new TacitError('TACIT_MESSAGE_TOO_LARGE', { limit })
      const message = parseDeviceMessage(bytes.toString('utf8'))
      if (message.type === 'hello') this.#hello(connection, message)
      else this.#options.sink.message(sessionOf(connection, message.type).device, message)
    })
  }

  /** A binary message: one frame of a vector. */
  binary(connection: Connection, bytes: Uint8Array): void {
    const small = bytes.length < FRAME_HEADER_BYTES + this.#options.limits.smallFrameBytes
    this.#hear(connection, small, () => {
      const session = sessionOf(connection, 'a vector frame')
      const packed = session.intake.add(decodeFrame(bytes), this.#options.timers.now())
      if (packed) this.#options.sink.vector(session.device, packed)
    })
  }

  /** A ping, or the answer to one. */
  alive(connection: Connection): void {
    this.#hear(connection, true, () => {})
  }

  /** The socket read something that is not WebSocket, or too large; it closes by itself. */
  broken(connection: Connection, error: TacitError): void {
    if (connection.open) this.#refuse(connection, error)
    this.#sayGone()
  }

  /** The socket is closed, for whatever reason. */
  lost(connection: Connection): void {
    this.#connections.unwatch(connection)
    if (connection.session) this.#detach(connection.session)
  }

  /**
   * Sends, or does nothing for a detached device: upon `connected(..., resumed)` the sink says again what is
   * due then, and whatever had waited would be stale.
   */
  send(device: Member, message: CoordinatorMessage): boolean {
    const session = this.#sessions.get(device)
    if (!session?.connection) return session !== undefined
    try {
      session.connection.send(message)
      return true
    } catch (error) {
      this.#expel(session, error)
      return false
    }
  }

  expectVector(device: Member, roundId: string, bytes: number): void {
    const session = this.#sessions.get(device)
    if (!session?.connection) return
    try {
      session.intake.expect(roundId, bytes, this.#options.timers.now())
    } catch (error) {
      this.#expel(session, error)
    }
  }

  forgetVector(device: Member): void {
    this.#sessions.get(device)?.intake.forget()
  }

  end(device: Member, error: TacitError): void {
    const session = this.#sessions.get(device)
    if (session) this.#expel(session, error)
  }

  /** Turns every device away, now and from now on. */
  stop(): void {
    this.#stopping = true
    const error = new TacitError('TACIT_SHUTTING_DOWN')
    for (const connection of this.#connections) this.#refuse(connection, error)
    for (const session of this.#detached) this.#finish(session)
    this.#sayGone()
  }

  terminateAll(): void {
    for (const connection of this.#connections) connection.terminate()
  }

  /** Handles something a socket said. Whatever is thrown ends that connection and nothing else. */
  #hear(connection: Connection, counts: boolean, handle: () => void): void {
    if (!connection.open) return
    const now = this.#options.timers.now()
    connection.heard(now)
    try {
      if (counts) connection.countMessage(now)
      handle()
    } catch (error) {
      this.#refuse(connection, error)
    }
    this.#sayGone()
  }

  #hello(connection: Connection, hello: Hello): void {
    const { device, task, resume } = hello
    if (connection.session) throw new TacitError('TACIT_OUT_OF_PHASE', { what: 'a second hello' })
    if (!this.#options.hasTask(task)) throw new TacitError('TACIT_TASK_UNKNOWN', { task })
    const known = this.#sessions.get(device)
    // A detached device keeps its name too: nobody may end its session, or speak as it, without its token.
    if (known && !known.isOwnedBy(resume)) throw new TacitError('TACIT_DEVICE_CONNECTED', { device })
    if (known) this.#abandonSocket(known)
    const resumed = known?.task === task
    if (known && !resumed) {
      this.#finish(known)
      this.#sayGone()
    }
    this.#welcome(connection, resumed ? known : this.#begin(device, task), resumed)
  }

  #begin(device: Member, task: string): Session {
    const { limits, random } = this.#options
    if (this.#sessions.size >= limits.maxDevices) throw new TacitError('TACIT_TOO_MANY_DEVICES')
    const intake = new VectorIntake(this.#budget, limits.stallDeadlineMs)
    const session = new Session(device, task, bytesToHex(random.bytes(16)), intake)
    this.#sessions.set(device, session)
    return session
  }

  #welcome(connection: Connection, session: Session, resumed: boolean): void {
    const { limits, logger, sink, timers } = this.#options
    const { device, task, token } = session
    this.#detached.unwatch(session)
    session.connection = connection
    connection.attach(session, timers.now())
    connection.send({
      type: 'welcome',
      protocol: PROTOCOL_VERSION,
      resume: token,
      resumed,
      heartbeatMs: limits.heartbeatMs,
    })
    logger.debug({ device, task, resumed }, 'device connected')
    sink.connected(device, task, resumed)
  }

  /** Its device speaks by another socket now. */
  #abandonSocket(session: Session): void {
    session.intake.clear()
    const { connection } = session
    if (!connection) return
    session.connection = undefined
    connection.session = undefined
    connection.terminate()
  }

  #detach(session: Session): void {
    const { limits, logger, sink, timers } = this.#options
    const { device } = session
    this.#abandonSocket(session)
    session.dueAt = timers.now() + limits.resumeWindowMs
    this.#detached.watch(session)
    logger.debug({ device }, 'device detached')
    this.#tell(device, () => sink.detached(device))
  }

  /** Removes a session; `gone` is said by whoever calls this. */
  #finish(session: Session): void {
    session.intake.clear()
    this.#detached.unwatch(session)
    this.#sessions.delete(session.device)
    this.#departed.push(session.device)
  }

  #beat(connection: Connection, now: number): void {
    try {
      connection.beat(now)
    } catch (error) {
      if (codeOf(error) === 'TACIT_IDLE_TIMEOUT') this.#giveUp(connection)
      else this.#refuse(connection, error)
    }
    this.#sayGone()
  }

  /** A silent socket is lost rather than refused: its device may come back by another. */
  #giveUp(connection: Connection): void {
    this.#count('TACIT_IDLE_TIMEOUT', connection)
    if (connection.session) this.#detach(connection.session)
  }

  /** Ends a session at the engine's bidding, which hears of it once it is done with what it is at. */
  #expel(session: Session, thrown: unknown): void {
    if (session.connection) this.#refuse(session.connection, thrown)
    else this.#finish(session)
    queueMicrotask(() => this.#sayGone())
  }

  /** Closes a connection for an error and ends its session. */
  #refuse(connection: Connection, thrown: unknown): void {
    if (!connection.open) return
    const error = thrown instanceof TacitError ? thrown : new TacitError('TACIT_INTERNAL')
    if (error !== thrown) this.#options.logger.error({ err: thrown }, 'unexpected error at the gateway')
    this.#count(error.code, connection)
    connection.refuse(error, this.#options.timers.now())
    const { session } = connection
    if (!session) return
    connection.session = undefined
    session.connection = undefined
    this.#finish(session)
  }

  #count(code: ErrorCode, connection: Connection): void {
    this.#closed[code] = (this.#closed[code] ?? 0) + 1
    // Who was there, and when, is nothing to keep: a device is named at the debug level only.
    this.#options.logger.info({ code }, 'connection closed')
    this.#options.logger.debug({ code, device: connection.session?.device }, 'connection closed')
  }

  #sayGone(): void {
    const { logger, sink } = this.#options
    for (let device = this.#departed.shift(); device !== undefined; device = this.#departed.shift()) {
      const departed = device
      logger.debug({ device }, 'device gone')
      this.#tell(device, () => sink.gone(departed))
    }
  }

  /** Tells the sink what it has no say in. */
  #tell(device: Member, tell: () => void): void {
    const { logger } = this.#options
    try {
      tell()
    } catch (err) {
      logger.error({ err }, 'unexpected error at the gateway')
      logger.debug({ device }, 'it was about this device')
    }
  }
}

function sessionOf(connection: Connection, what: string): Session {
  if (!connection.session) throw new TacitError('TACIT_OUT_OF_PHASE', { what: `${what} before hello` })
  return connection.session
}
