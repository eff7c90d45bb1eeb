import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { TacitError } from '@tacit/shared/errors'

/** Answers a request to open a WebSocket as HTTP does, with the error's status and code, and hangs up. */
export function refuseUpgrade(socket: Duplex, error: TacitError): void {
  const { code, message, advice } = error
  const body = JSON.stringify({ code, message, advice })
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ''}`,
      'Connection: close',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
