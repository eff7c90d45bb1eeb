/** What the device needs of a WebSocket, so that browsers, `ws` and tests each bring their own. */
export interface Socket {
  /** Bytes handed over and not yet on their way. */
  readonly bufferedBytes: number
  send(data: string | Uint8Array<ArrayBuffer>): void
  /** Ends the connection; no handler is called afterwards for what the device does itself. */
  close(): void
}

export interface SocketHandlers {
  opened(): void
  message(data: unknown): void
  /** Closed by the other side or lost. `reason` may be a code of the error catalogue. */
  closed(reason: string): void
  /** A ping came in. Browsers answer pings by themselves and never show them. */
  heartbeat(): void
}

export type OpenSocket = (url: string, handlers: SocketHandlers) => Socket

/** The platform's own WebSocket. */
export const openWebSocket: OpenSocket = (url, handlers) => {
  const socket = new WebSocket(url)
  socket.onopen = () => handlers.opened()
  socket.onmessage = (event) => handlers.message(event.data)
  socket.onclose = (event) => handlers.closed(event.reason)
  return {
    get bufferedBytes() {
      return socket.bufferedAmount
    },
    send: (data) => socket.send(data),
    close: () => socket.close(),
  }
}
