import { codeOf, type ErrorCode, isErrorCode, TacitError } from '@tacit/shared/errors'
import {
  type CoordinatorMessage,
  type DeviceMessage,
  PROTOCOL_VERSION,
  parseCoordinatorMessage,
  serialise,
} from '@tacit/shared/protocol'
import { Backoff, type BackoffOptions } from './backoff.js'
import type { RoundMessage } from './participant-types.js'
import type { OpenSocket, Socket } from './socket.js'
import type { Timers } from './timers.js'

export interface ConnectionOptions {
  /** Address of the WebSocket. */
  readonly url: string
  readonly task: string
  readonly device: string
  readonly openSocket: OpenSocket
  readonly timers: Timers
  /** Uniform in [0, 1). */
  readonly jitter: () => number
  readonly backoff: BackoffOptions
  /** From opening a socket to its welcome. */
  readonly welcomeDeadlineMs: number
  /** Without a word from the coordinator, where heartbeats cannot be seen. */
  readonly silenceDeadlineMs: number
  readonly handlers: ConnectionHandlers
}

export interface ConnectionHandlers {
  /** Welcomed; `resumed` when the place in a round was found again. */
  connected(resumed: boolean): void
  message(message: RoundMessage): void
  /** Follows every `connected` that ends, unless by `stop`. */
  disconnected(): void
  /** What the coordinator complains of, or this side of the coordinator. The connection ends after it. */
  error(code: string, message: string): void
  waiting(forMs: number): void
  /** It will not connect again by itself: this error does not heal. */
  stopped(code: ErrorCode): void
}

const CANNOT_HEAL: readonly string[] = ['TACIT_TASK_UNKNOWN', 'TACIT_PROTOCOL_VERSION'] satisfies ErrorCode[]
/** The `neighbours` of a masked round, in a complete graph of 1,000: 1.5 KB for each, its credential the most of it. */
const LARGEST_MESSAGE = 4 * 1024 * 1024
/** `later` beyond it would silence a device for good. */
const LONGEST_LATER_MS = 24 * 60 * 60 * 1000
const MISSED_HEARTBEATS = 3

/** Keeps one session with the coordinator: hello, resume token, reconnecting, `later`. Knows no rounds. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #backoff: Backoff
  #running = false
  #socket: Socket | undefined
  #welcomed = false
  #resumeToken: string | undefined
  #silenceDeadlineMs: number
  #heartbeatMs = 0
  #callOff: () => void = () => {}

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#silenceDeadlineMs = options.silenceDeadlineMs
    this.#backoff = new Backoff(options.backoff, options.jitter)
  }

  start(): void {
    if (this.#running) return
    this.#running = true
    this.#connect()
  }

  stop(): void {
    this.#running = false
    this.#drop()
  }

  send(message: DeviceMessage): void {
    this.#socket?.send(serialise(message))
  }

  /** The socket, for the frames of a vector. */
  get socket(): Socket | undefined {
    return this.#welcomed ? this.#socket : undefined
  }

  /** Breaks the connection off without a word and comes back later as one who was never there. */
  vanish(): void {
    this.#resumeToken = undefined
    this.#retry()
  }

  #connect(): void {
    const { openSocket, timers, url, welcomeDeadlineMs } = this.#options
    const current = (call: () => void) => this.#socket === socket && call()
    const socket: Socket = openSocket(url, {
      opened: () => current(() => this.#hello()),
      message: (data) => current(() => this.#receive(data)),
      closed: (reason) => current(() => this.#closed(reason)),
      heartbeat: () => current(() => this.#heartbeat()),
    })
    this.#socket = socket
    this.#callOff = timers.after(welcomeDeadlineMs, () => this.#retry())
  }

  #hello(): void {
    const { task, device } = this.#options
    const resume = this.#resumeToken
    this.send({ type: 'hello', protocol: PROTOCOL_VERSION, task, device, ...(resume && { resume }) })
  }

  #receive(data: unknown): void {
    try {
      if (typeof data !== 'string') {
        throw new TacitError('TACIT_MESSAGE_INVALID', { problem: 'it is binary' })
      }
      if (data.length > LARGEST_MESSAGE)
        throw new TacitError('TACIT_MESSAGE_TOO_LARGE', { limit: LARGEST_MESSAGE })
      this.#handle(parseCoordinatorMessage(data))
    } catch (error) {
      if (!(error instanceof TacitError)) throw error
      this.#fail(codeOf(error), error.message)
    }
  }

  #handle(message: CoordinatorMessage): void {
    this.#heard()
    switch (message.type) {
      case 'welcome':
        this.#welcome(message)
        break
      case 'error':
        this.#fail(message.code, message.message)
        break
      case 'later':
        this.#backoff.reset()
        this.#retry(Math.min(message.afterMs, LONGEST_LATER_MS) * (1 + this.#options.jitter() / 10))
        break
      default:
        if (!this.#welcomed) throw outOfPhase(`${message.type} before welcome`)
        // Only now: a coordinator that welcomes and then turns everybody away must not be stormed.
        this.#backoff.reset()
        this.#options.handlers.message(message)
    }
  }

  #welcome(message: Extract<CoordinatorMessage, { type: 'welcome' }>): void {
    if (this.#welcomed) throw outOfPhase('a second welcome')
    this.#welcomed = true
    this.#resumeToken = message.resume
    this.#heartbeatMs = message.heartbeatMs
    this.#heard()
    this.#options.handlers.connected(message.resumed)
  }

  /** Where pings can be seen, their absence tells of a dead connection much sooner than silence does. */
  #heartbeat(): void {
    const { silenceDeadlineMs } = this.#options
    this.#silenceDeadlineMs = Math.min(
      silenceDeadlineMs,
      MISSED_HEARTBEATS * Math.max(1000, this.#heartbeatMs),
    )
    this.#heard()
  }

  #heard(): void {
    if (!this.#welcomed) return
    this.#callOff()
    this.#callOff = this.#options.timers.after(this.#silenceDeadlineMs, () => this.#retry())
  }

  #closed(reason: string): void {
    if (isErrorCode(reason)) this.#fail(reason, new TacitError(reason).message)
    else this.#retry()
  }

  #fail(code: string, message: string): void {
    this.#options.handlers.error(code, message)
    if (CANNOT_HEAL.includes(code)) {
      this.stop()
      this.#options.handlers.stopped(code as ErrorCode)
    } else {
      this.#retry()
    }
  }

  #retry(afterMs?: number): void {
    // A handler may have stopped this connection, or broken it off, meanwhile.
    if (!this.#running || !this.#socket) return
    this.#drop()
    if (!this.#running) return
    const forMs = afterMs ?? this.#backoff.next()
    this.#callOff = this.#options.timers.after(forMs, () => this.#connect())
    this.#options.handlers.waiting(forMs)
  }

  #drop(): void {
    this.#callOff()
    const socket = this.#socket
    const wasWelcomed = this.#welcomed
    this.#socket = undefined
    this.#welcomed = false
    this.#silenceDeadlineMs = this.#options.silenceDeadlineMs
    socket?.close()
    if (wasWelcomed) this.#options.handlers.disconnected()
  }
}

function outOfPhase(what: string): TacitError {
  return new TacitError('TACIT_OUT_OF_PHASE', { what })
}
