import { TacitError } from '@tacit/shared/errors'
import { WebSocket } from 'ws'
import { MAX_PAYLOAD_BYTES } from './limits.js'

const TOO_LARGE = 1009

/**
 * A device's socket. `ws` itself closes a socket on which it reads what is not WebSocket (1002), not UTF-8
 * (1007), too fragmented (1008) or too large (1009), and gives no reason; here it gives the TACIT code.
 */
export class DeviceSocket extends WebSocket {
  /** What `ws` closed the socket for. */
  violation: TacitError | undefined

  override close(code?: number, reason?: string | Buffer): void {
    const byItself = code !== undefined && reason === undefined
    if (byItself) this.violation = violationOf(code)
    super.close(code, byItself ? this.violation?.code : reason)
  }
}

function violationOf(closeCode: number): TacitError {
  if (closeCode === TOO_LARGE) return new TacitError('TACIT_MESSAGE_TOO_LARGE', { limit: MAX_PAYLOAD_BYTES })
  return new TacitError('TACIT_MESSAGE_INVALID', { problem: `WebSocket protocol error ${closeCode}` })
}
