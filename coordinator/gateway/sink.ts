import type { Member } from '@tacit/shared/secagg'
import type { RoundMessage } from '../round/types.js'

/**
 * What becomes of what devices say. Each `connected(..., false)` is followed by exactly one `gone`. The
 * sink may call the gateway back from within any of these; the gateway never calls the sink from within
 * `send`, `expectVector`, `forgetVector` or `end`, but a moment later.
 */
export interface GatewaySink {
  /**
   * A device said hello and has its welcome. `resumed`: it went on with the session it had. Whatever was
   * sent since its old socket was last heard may be lost, and a half-received vector is forgotten: what is
   * due has to be sent, and the vector granted, again.
   */
  connected(device: Member, task: string, resumed: boolean): void
  /** May throw a TacitError: the socket is closed with its code and the session ends. */
  message(device: Member, message: RoundMessage): void
  /** A granted vector, whole; the caller keeps no copy. May throw, likewise. */
  vector(device: Member, packed: Uint8Array): void
  /** Gone for good: the resume window passed, the session was ended, or another took its place. */
  gone(device: Member): void
}

/** The part of a pino logger that the gateway uses. */
export interface GatewayLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}
