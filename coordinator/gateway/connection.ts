import { TacitError } from '@tacit/shared/errors'
import { type CoordinatorMessage, serialise } from '@tacit/shared/protocol'
import { closeCodeOf } from './close-code.js'
import type { GatewayLimits } from './limits.js'
import type { Session } from './session.js'
import type { Due } from './sweep.js'
import { TokenBucket } from './token-bucket.js'

/** What a connection needs of its socket; none of it throws. A `WebSocket` of `ws` is one. */
export interface Link {
  /** Bytes that wait to be sent. */
  readonly bufferedAmount: number
  send(text: string): void
  ping(): void
  /** Starts the closing handshake; does nothing if it has begun. */
  close(code: number, reason: string): void
  terminate(): void
}

/** One socket: open, until it is refused or terminated; the session it speaks for, once it said hello. */
export class Connection implements Due {
  session: Session | undefined
  readonly #link: Link
  readonly #limits: GatewayLimits
  readonly #bucket: TokenBucket
  #heardAt: number
  /** When its hello, its next ping or the end of its closing handshake is due. */
  #beatAt: number
  #open = true

  constructor(link: Link, limits: GatewayLimits, now: number) {
    this.#link = link
    this.#limits = limits
    this.#bucket = new TokenBucket(limits.messagesPerSecond, limits.messageBurst, now)
    this.#heardAt = now
    this.#beatAt = now + limits.helloDeadlineMs
  }

  get dueAt(): number {
    return Math.min(this.#beatAt, this.session?.intake.stalledAt ?? Number.POSITIVE_INFINITY)
  }

  /** Whether anything it still says counts. */
  get open(): boolean {
    return this.#open
  }

  /** Notes a sign of life. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** @throws TACIT_RATE_LIMITED */
  countMessage(now: number): void {
    if (!this.#bucket.take(now)) throw new TacitError('TACIT_RATE_LIMITED')
  }

  /** From hello on the socket is watched by heartbeats. */
  attach(session: Session, now: number): void {
    this.session = session
    this.#beatAt = now + this.#limits.heartbeatMs
  }

  /** @throws TACIT_TOO_SLOW when too much waits for the device already */
  send(message: CoordinatorMessage): void {
    const bufferedBytes = this.#link.bufferedAmount
    if (bufferedBytes > this.#limits.maxBufferedBytes) throw new TacitError('TACIT_TOO_SLOW')
    this.#link.send(serialise(message))
  }

  /**
   * Does what is due: a ping, or the end of a closing handshake.
   * @throws TACIT_HELLO_TIMEOUT, TACIT_IDLE_TIMEOUT, TACIT_TOO_SLOW when a granted vector makes no progress
   */
  beat(now: number): void {
    const { helloDeadlineMs, idleDeadlineMs, heartbeatMs } = this.#limits
    if (!this.#open) {
      this.terminate()
      return
    }
    if (!this.session) throw new TacitError('TACIT_HELLO_TIMEOUT', { deadlineMs: helloDeadlineMs })
    if (now - this.#heardAt >= idleDeadlineMs) {
      throw new TacitError('TACIT_IDLE_TIMEOUT', { deadlineMs: idleDeadlineMs })
    }
    if (now >= this.session.intake.stalledAt) {
      throw new TacitError('TACIT_TOO_SLOW')
    }
    this.#link.ping()
    this.#beatAt = Math.min(now + heartbeatMs, this.#heardAt + idleDeadlineMs)
  }

  /** Tells the device why, then closes; a device that does not answer the close is cut off. */
  refuse(error: TacitError, now: number): void {
    if (!this.#open) return
    this.#open = false
    this.#beatAt = now + this.#limits.closeDeadlineMs
    this.#link.send(serialise({ type: 'error', code: error.code, message: error.message.slice(0, 500) }))
    this.#link.close(closeCodeOf(error.code), error.code)
  }

  terminate(): void {
    this.#open = false
    this.#beatAt = Number.POSITIVE_INFINITY
    this.#link.terminate()
  }
}
