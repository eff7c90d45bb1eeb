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
   * due has to be sent, and the vector granted, again. Without a `detached` before it, the device took over
   * from a socket that was still open.
   */
  connected(device: Member, task: string, resumed: boolean): void
  /** May throw a TacitError: the socket is closed with its code and the session ends. */
  message(device: Member, message: RoundMessage): void
  /** A granted vector, whole; the caller keeps no copy. May throw, likewise. */
  vector(device: Member, packed: Uint8Array): void
  /**
   * The socket is gone, its place is kept for the resume window: a device not to be counted on, nor invited.
   * Said once for each loss of the socket, before the `connected(..., true)` or `gone` that follows; a
   * session that ends at once is only `gone`.
   */
  detached(device: Member): void
  /** Gone for good: the resume window passed, the session was ended, or its device begins another. */
  gone(device: Member): void
}

/** The part of a pino logger that the gateway uses. Only `debug` is told who a device is. */
export interface GatewayLogger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}
