import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Downloader, type DownloaderOptions, type Fetch } from './download.js'
import { nodePlatform } from './node/platform.js'
import { ManualTimers } from './testing/manual-timers.js'

const URL_ASKED = 'http://coordinator.test/v1/parts/x'
const unavailable = expect.objectContaining({ code: 'TACIT_MODEL_UNAVAILABLE' })

/** Lets every promise that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

function setUp(fetch: Fetch, options: Partial<DownloaderOptions> = {}) {
  const timers = new ManualTimers()
  return { timers, downloader: new Downloader({ fetch, timers, jitter: () => 0, attempts: 1, ...options }) }
}

/** Answers at once with a body that a test feeds, and that breaks off when it is aborted. */
function fedByHand() {
  let feed!: ReadableStreamDefaultController<Uint8Array>
  const fetch: Fetch = async (_url, { signal }) =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          feed = controller
          signal.addEventListener('abort', () => controller.error(new Error('aborted')))
        },
      }),
    )
  return { fetch, give: (bytes: number) => feed.enqueue(new Uint8Array(bytes)), close: () => feed.close() }
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer({}, answer)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('what a download gives away', () => {
  it.each([301, 302, 307, 308])('is not where a redirect points to: %i', async (status) => {
    const visitors: string[] = []
    const internal = await serve((request, response) => {
      visitors.push(request.url!)
      response.end('secret')
    })
    const coordinator = await serve((_request, response) => {
      response.writeHead(status, { location: `${internal}/admin`, connection: 'close' }).end()
    })
    const { downloader } = setUp(nodePlatform.fetch)
    await expect(downloader.get(`${coordinator}/v1/parts/x`, 100)).rejects.toThrow(unavailable)
    expect(visitors).toEqual([])
  })

  it('is neither a cookie nor a referrer', async () => {
    const asked: unknown[] = []
    const { downloader } = setUp(async (_url, { signal, ...init }) => {
      asked.push(init)
      return new Response('x', { status: asked.length === 1 ? 503 : 200 })
    })
    await expect(downloader.get(URL_ASKED, 1)).rejects.toThrow(unavailable)
    await downloader.get(URL_ASKED, 1)
    const init = { redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer' }
    expect(asked).toEqual([init, init])
  })
})

describe('a download', () => {
  it('is exactly as long as was agreed, and not a byte longer', async () => {
    const { downloader } = setUp(async () => new Response(new Uint8Array(100)))
    expect(await downloader.get(URL_ASKED, 100)).toHaveLength(100)
    await expect(downloader.get(URL_ASKED, 99)).rejects.toThrow('more than 99 bytes')
  })

  it('without an end is broken off at its bound, and not tried again', async () => {
    const signals: AbortSignal[] = []
    let chunks = 0
    const { downloader, timers } = setUp(
      async (_url, { signal }) => {
        signals.push(signal)
        // Ends at last, so that a download without a bound fails this test instead of filling the memory.
        const pull = (to: ReadableStreamDefaultController) =>
          chunks++ < 1000 ? to.enqueue(new Uint8Array(10)) : to.close()
        return new Response(new ReadableStream({ pull }))
      },
      { attempts: 3 },
    )
    await expect(downloader.get(URL_ASKED, 100)).rejects.toThrow(unavailable)
    expect(chunks).toBeLessThan(20)
    expect([signals.length, signals[0]!.aborted, timers.pending]).toEqual([1, true, 0])
  })

  it('does not wait for ever for an answer', async () => {
    const silent: Fetch = (_url, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    const { downloader, timers } = setUp(silent, { stallDeadlineMs: 5000 })
    const refused = expect(downloader.get(URL_ASKED, 100)).rejects.toThrow('within 5000 ms')
    timers.advance(5000)
    await refused
    expect(timers.pending).toBe(0)
  })

  it('may take as long as its size asks for while bytes keep coming', async () => {
    const body = fedByHand()
    const { downloader, timers } = setUp(body.fetch)
    const catalogue = downloader.get(URL_ASKED, 32 * 2 ** 20)
    for (let second = 0; second < 600; second += 20) {
      await settle()
      body.give(2 ** 20)
      timers.advance(20_000)
    }
    await settle()
    body.close()
    expect(await catalogue).toHaveLength(30 * 2 ** 20)
    expect(timers.pending).toBe(0)
  })

  it('fails when no further byte comes for a while', async () => {
    const body = fedByHand()
    const { downloader, timers } = setUp(body.fetch, { stallDeadlineMs: 5000 })
    const refused = expect(downloader.get(URL_ASKED, 2 ** 20)).rejects.toThrow('within 5000 ms')
    for (const wait of [4999, 4999, 5000]) {
      await settle()
      body.give(1)
      await settle()
      timers.advance(wait)
    }
    await refused
  })

  it('fails when it trickles', async () => {
    const body = fedByHand()
    const { downloader, timers } = setUp(body.fetch, { stallDeadlineMs: 5000, slowestBytesPerSecond: 100 })
    const refused = expect(downloader.get(URL_ASKED, 1000)).rejects.toThrow('within 15000 ms')
    for (let i = 0; i < 15; i++) {
      await settle()
      body.give(1)
      await settle()
      timers.advance(1000)
    }
    await refused
  })

  it('ends when it is not wanted any more, and leaves no timer behind', async () => {
    const cancelled = new AbortController()
    const signals: AbortSignal[] = []
    const body = fedByHand()
    const { downloader, timers } = setUp(
      (url, init) => {
        signals.push(init.signal)
        return body.fetch(url, init)
      },
      { attempts: 3 },
    )
    const refused = expect(downloader.get(URL_ASKED, 100, cancelled.signal)).rejects.toThrow(unavailable)
    await settle()
    cancelled.abort()
    await refused
    await expect(downloader.get(URL_ASKED, 100, cancelled.signal)).rejects.toThrow(unavailable)
    expect([signals.length, signals[0]!.aborted, timers.pending]).toEqual([1, true, 0])
  })

  it('is not tried again when it is cancelled between two attempts', async () => {
    const cancelled = new AbortController()
    let asked = 0
    const down: Fetch = async () => {
      asked++
      return new Response('', { status: 503 })
    }
    const { downloader, timers } = setUp(down, { attempts: 3 })
    const refused = expect(downloader.get(URL_ASKED, 100, cancelled.signal)).rejects.toThrow(unavailable)
    await settle()
    cancelled.abort()
    await refused
    expect([asked, timers.pending]).toEqual([1, 0])
  })
})
