import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const PAGE = '<!doctype html><meta charset="utf-8"><title>A storefront</title><link rel="icon" href="data:,">'

export interface PageServer {
  readonly origin: string
  close(): void
}

/**
 * Serves one empty page, the storefront's. A real server on this machine: Chromium lets no page that a test
 * merely made up connect to a local coordinator (local network access checks).
 */
export async function servePage(): Promise<PageServer> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
