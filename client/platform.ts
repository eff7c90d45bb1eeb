import { Device } from './device.js'
import type { DeviceOptions, Platform } from './device-types.js'
import { openWebSocket } from './socket.js'
import { platformTimers } from './timers.js'

const browser: Platform = {
  openSocket: openWebSocket,
  fetch: (url, init) => fetch(url, init),
  timers: platformTimers,
  jitter: Math.random,
  now: Date.now,
}

/** A device on the platform's own WebSocket and fetch: a browser's. @throws as {@link Device} */
export function createDevice(options: DeviceOptions): Device {
  return new Device(options, browser)
}
