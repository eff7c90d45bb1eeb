import { MAX_FRAME_BYTES } from '@tacit/shared/protocol'

/** What one gateway bears. Every wait has a deadline, every queue a bound. */
export interface GatewayLimits {
  /** Sessions at once, detached ones included. */
  readonly maxDevices: number
  /** Sockets at once that belong to no session: before hello, or closing. */
  readonly maxStrangers: number
  /**
   * Bytes of one text message. The largest are the `shares` of a masked round: 107 sealed characters and what
   * separates them for each neighbour, of whom there may be all of a group of 1,000.
   */
  readonly maxTextBytes: number
  /**
   * Bytes that may wait for a device that reads slowly. The largest message to one are the `neighbours` of a masked
   * round, 1.5 KB for each: with 1,000 of them 1.5 MB, and other messages beside it.
   */
  readonly maxBufferedBytes: number
  /** Bytes of all half-received vectors together. The engine's grants stay far below. */
  readonly maxAssemblyBytes: number
  /** Messages of one socket over time, and at once. See {@link GatewayLimits.smallFrameBytes}. */
  readonly messagesPerSecond: number
  readonly messageBurst: number
  /** Binary frames of at least this size do not count as messages: the grant already bounds their number. */
  readonly smallFrameBytes: number
  readonly helloDeadlineMs: number
  /** Between two pings to a device. */
  readonly heartbeatMs: number
  /** Silence after which a socket counts as lost. */
  readonly idleDeadlineMs: number
  /** For the first frame of a granted vector, and from each to the next. */
  readonly stallDeadlineMs: number
  /** For how long a session without a socket is kept. */
  readonly resumeWindowMs: number
  /** For the device's answer to a close frame. */
  readonly closeDeadlineMs: number
  /** How late the times above may be noticed; twice as late by a process that was held up. */
  readonly sweepMs: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  maxDevices: 20_000,
  maxStrangers: 2_048,
  maxTextBytes: 160 * 1024,
  maxBufferedBytes: 4 * 1024 * 1024,
  maxAssemblyBytes: 512 * 1024 * 1024,
  messagesPerSecond: 64,
  messageBurst: 256,
  smallFrameBytes: 256,
  helloDeadlineMs: 5_000,
  heartbeatMs: 15_000,
  idleDeadlineMs: 40_000,
  stallDeadlineMs: 5_000,
  resumeWindowMs: 10_000,
  closeDeadlineMs: 5_000,
  sweepMs: 250,
}

/**
 * What a socket reads at most as one message. Above the largest frame, so that a device whose frame is a
 * little too large is told so by an `error` message; beyond it the socket closes with 1009.
 */
export const MAX_PAYLOAD_BYTES = MAX_FRAME_BYTES + 1024
