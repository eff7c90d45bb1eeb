import { WebSocket } from 'ws'
import { Device, type DeviceOptions, type OpenSocket, type Platform, platformTimers } from '../index.js'

const LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024

/** Node's own WebSocket came with version 22 and shows no pings; `ws` does both. */
const openSocket: OpenSocket = (url, handlers) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: LARGEST_MESSAGE_BYTES })
  socket.on('open', () => handlers.opened())
  socket.on('message', (data, isBinary) => handlers.message(isBinary ? data : data.toString()))
  socket.on('close', (_code, reason) => handlers.closed(reason.toString()))
  socket.on('ping', () => handlers.heartbeat())
  // A close follows every error, and says what is worth saying.
  socket.on('error', () => {})
  return {
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send: (data) => socket.send(data),
    close: () => socket.close(),
  }
}

export const nodePlatform: Platform = {
  openSocket,
  fetch: (url, init) => fetch(url, init),
  timers: platformTimers,
  jitter: Math.random,
  now: Date.now,
}

/** A device in a Node process. @throws as {@link Device} */
export function createNodeDevice(options: DeviceOptions): Device {
  return new Device(options, nodePlatform)
}
