import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { ManualTimers } from '../testing/manual-timers.js'
import { type CredentialFetch, httpCredentials } from './http-credentials.js'

const URL_ASKED = 'https://shop.example/tacit/credentials'
const KEYS = [
  { round: 7, publicKey: new Uint8Array(32) },
  { round: 8, publicKey: new Uint8Array(32).fill(255) },
]
const missing = (problem: string) =>
  expect.objectContaining({
    code: 'TACIT_CREDENTIAL_MISSING',
    details: { problem: expect.stringContaining(problem) },
  })
const invalid = (problem: string) =>
  expect.objectContaining({
    code: 'TACIT_CREDENTIAL_INVALID',
    details: { problem: expect.stringContaining(problem) },
  })

/** Asks a back end that answers like this. */
function ask(fetch: CredentialFetch) {
  const timers = new ManualTimers()
  const asking = httpCredentials(URL_ASKED, fetch, { timers, deadlineMs: 5000 })(KEYS)
  return { timers, asking }
}
const answering = (body: unknown, status = 200) => ask(async () => Response.json(body, { status }))

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

describe('asking a back end for credentials', () => {
  it("posts the keys with the shopper's cookies, follows no redirect and tells no page", async () => {
    const asked: unknown[] = []
    const { asking, timers } = ask(async (url, { signal, ...init }) => {
      asked.push([url, init])
      return Response.json({ credentials: ['a.b.c', 'd.e.f'] })
    })
    expect(await asking).toEqual(['a.b.c', 'd.e.f'])
    const body = JSON.stringify({
      keys: [
        { round: 7, x: 'A'.repeat(43) },
        { round: 8, x: `${'_'.repeat(42)}8` },
      ],
    })
    expect(asked).toEqual([
      [
        URL_ASKED,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          credentials: 'include',
          redirect: 'error',
          cache: 'no-store',
          referrerPolicy: 'no-referrer',
          body,
        },
      ],
    ])
    expect(timers.pending).toBe(0)
  })

  it('does not follow a redirect on the wire', async () => {
    const visitors: string[] = []
    const server = createServer((request, response) => {
      visitors.push(request.url!)
      response.writeHead(307, { location: '/elsewhere', connection: 'close' }).end()
    })
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`
    const asking = httpCredentials(url, (address, init) => fetch(address, init))(KEYS)
    await expect(asking).rejects.toThrow(missing(url))
    expect(visitors).toEqual(['/credentials'])
  })

  it.each([400, 401, 403, 404, 429, 500, 503])('fails with what is missing on %i', async (status) => {
    await expect(answering({ credentials: [] }, status).asking).rejects.toThrow(missing(`${status}`))
  })

  it('fails with what is missing when nothing can be reached', async () => {
    const { asking, timers } = ask(async () => {
      throw new TypeError('network gone')
    })
    await expect(asking).rejects.toThrow(missing('network gone'))
    expect(timers.pending).toBe(0)
  })

  it('does not wait for ever for an answer', async () => {
    const { asking, timers } = ask(
      (_url, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
    )
    const refused = expect(asking).rejects.toThrow(missing('within 5000 ms'))
    timers.advance(5000)
    await refused
  })

  it('does not wait for ever for the rest of one', async () => {
    const { asking, timers } = ask(async (_url, { signal }) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode('{"credentials":'))
          signal.addEventListener('abort', () => controller.error(new Error('aborted')))
        },
      })
      return new Response(body)
    })
    const refused = expect(asking).rejects.toThrow(missing('within 5000 ms'))
    await new Promise((resolve) => setImmediate(resolve))
    timers.advance(5000)
    await refused
  })

  it('breaks off an answer without an end', async () => {
    const signals: AbortSignal[] = []
    let chunks = 0
    const { asking } = ask(async (_url, { signal }) => {
      signals.push(signal)
      // Ends at last, so that reading without a bound fails this test instead of filling the memory.
      const pull = (to: ReadableStreamDefaultController) =>
        chunks++ < 1000 ? to.enqueue(new Uint8Array(1024)) : to.close()
      return new Response(new ReadableStream({ pull }))
    })
    await expect(asking).rejects.toThrow(invalid('more than 5152 bytes'))
    expect(chunks).toBeLessThan(20)
    expect(signals[0]!.aborted).toBe(true)
  })

  it('takes the largest answer that there may be', async () => {
    const credentials = ['x'.repeat(2048), 'y'.repeat(2048)]
    expect(await answering({ credentials }).asking).toEqual(credentials)
  })

  it.each<[string, () => Response]>([
    ['did not answer JSON', () => new Response('<html>')],
    ['did not answer JSON', () => new Response(null)],
    ['answer: credentials: invalid_type', () => Response.json({})],
    ['answer: invalid_type', () => Response.json(['a.b.c'])],
    ['answered 3 for 2 keys', () => Response.json({ credentials: ['a', 'b', 'c'] })],
  ])('refuses an answer: %s', async (problem, response) => {
    await expect(ask(async () => response()).asking).rejects.toThrow(invalid(problem))
  })
})
