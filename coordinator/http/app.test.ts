import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { runInNewContext, Script } from 'node:vm'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import { encodeModel } from '@tacit/shared/model'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualTimers } from '../gateway/testing/manual-timers.js'
import { type AppOptions, buildApp } from './app.js'
import { PAGE_SCRIPT } from './page-script.js'
import type { HistoryPoint, StatusDocument, StatusSource } from './status-source.js'

const catalogue = utf8ToBytes(JSON.stringify(Array.from({ length: 200 }, (_, i) => `item-${i}`)))
const model = encodeModel(
  {
    task: 'homepage',
    round: 3,
    model: { name: 'ials', settings: {} },
    catalogue: { hash: sha256Hex(catalogue), items: 200 },
  },
  { itemFactors: { shape: [200, 2], values: Float32Array.from({ length: 400 }, () => Math.random()) } },
)

class FakeStore {
  loads = 0
  readonly asked: string[] = []
  ping: () => Promise<void> = async () => {}
  failure: Error | undefined

  async manifest(task: string) {
    if (this.failure) throw this.failure
    this.asked.push(task)
    return task === 'homepage' ? model.manifest : undefined
  }

  async part(hash: string): Promise<Uint8Array | undefined> {
    this.loads++
    return hash === model.manifest.catalogue.hash ? catalogue : model.parts.get(hash)
  }
}

class FakeStatus implements StatusSource {
  readonly listeners = new Set<() => void>()
  document: StatusDocument = documentOf(3)

  current() {
    return this.document
  }

  points: HistoryPoint[] = [{ round: 3, 'hr@10': 0.5, devices: 12 }]

  history(): HistoryPoint[] {
    return this.points
  }

  subscribe(listener: () => void) {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
}

function documentOf(round: number): StatusDocument {
  const rounds = { released: 3, aborted: 1, abortedByReason: { 'too-few-joined': 1 } }
  const idle = { phase: 'idle', devices: 0, groups: 0 }
  return {
    tasks: [
      {
        name: 'homepage',
        round: { number: round, phase: 'join', devices: 12, groups: 1 },
        rounds,
        metrics: { 'hr@10': { value: 0.5, devices: 12, round: 3 } },
        model: { version: 3, hash: model.manifest.hash },
      },
      {
        name: 'empty',
        round: { number: 0, ...idle },
        rounds,
        metrics: {},
        model: { version: 0, hash: '0'.repeat(64) },
      },
    ],
  }
}

let store: FakeStore
let status: FakeStatus
let timers: ManualTimers
let stopping: AbortController
let log: string
let app: FastifyInstance

function build(options: Partial<AppOptions> = {}): FastifyInstance {
  const sink = new Writable({
    write(chunk, _, done) {
      log += chunk
      done()
    },
  })
  return buildApp({ store, status, logger: pino(sink), shutdown: stopping.signal, timers, ...options })
}

beforeEach(() => {
  store = new FakeStore()
  status = new FakeStatus()
  timers = new ManualTimers()
  stopping = new AbortController()
  log = ''
  app = build()
})
afterEach(() => app.close())

const get = (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })

describe('errors', () => {
  it('answers from the catalogue', async () => {
    const missing = await get('/nowhere?secret=1')
    expect(missing.statusCode).toBe(404)
    expect(missing.json()).toEqual({
      code: 'TACIT_NOT_FOUND',
      message: 'nothing is at /nowhere',
      advice: 'See docs/operations.md for the routes.',
    })
    expect((await app.inject({ method: 'POST', url: '/v1/status' })).json().code).toBe('TACIT_NOT_FOUND')
    const malformed = await get('/v1/parts/%zz')
    expect([malformed.statusCode, malformed.json().code]).toEqual([400, 'TACIT_MESSAGE_INVALID'])
  })

  it.each([
    [new Error('password is 1234'), 500, 'TACIT_INTERNAL'],
    [
      new TacitError('TACIT_DATABASE_UNAVAILABLE', { problem: 'no route to 1234' }),
      503,
      'TACIT_DATABASE_UNAVAILABLE',
    ],
  ])('keeps what lies behind %s to the log', async (failure, statusCode, code) => {
    store.failure = failure
    const response = await get('/v1/tasks/homepage/model')
    expect([response.statusCode, response.json().code]).toEqual([statusCode, code])
    expect(response.body).not.toContain('1234')
    expect(log).toContain('1234')
  })
})

describe('models', () => {
  const part = model.manifest.parts[0]!

  it('serves the newest manifest, once', async () => {
    const response = await get('/v1/tasks/homepage/model')
    expect(response.json()).toEqual(model.manifest)
    expect(response.headers).toMatchObject({
      etag: `"${model.manifest.hash}"`,
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
    const again = await get('/v1/tasks/homepage/model', {
      'if-none-match': `"x", W/"${model.manifest.hash}"`,
    })
    expect([again.statusCode, again.body]).toEqual([304, ''])
  })

  it('tells a task without a model from one that is not there', async () => {
    expect((await get('/v1/tasks/empty/model')).json().code).toBe('TACIT_NO_MODEL')
    for (const name of ['nobody', 'home%00page', '%00', '__proto__']) {
      const response = await get(`/v1/tasks/${name}/model`)
      expect([response.statusCode, response.json().code]).toEqual([404, 'TACIT_TASK_UNKNOWN'])
    }
    expect(store.asked).toEqual(['empty'])
  })

  it('serves parts by hash for ever', async () => {
    const response = await get(`/v1/parts/${part.hash}`)
    expect(sha256Hex(response.rawPayload)).toBe(part.hash)
    expect(response.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
      'access-control-allow-origin': '*',
      vary: 'accept-encoding',
    })
    const again = await get(`/v1/parts/${part.hash}`, { 'if-none-match': response.headers.etag as string })
    expect(again.statusCode).toBe(304)
  })

  it.each([
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
  ] as const)('compresses the catalogue for %s', async (accepted, encoding, decompress) => {
    const response = await get(`/v1/parts/${model.manifest.catalogue.hash}`, { 'accept-encoding': accepted })
    expect(response.headers['content-encoding']).toBe(encoding)
    expect(response.rawPayload.length).toBeLessThan(catalogue.length / 2)
    expect(new Uint8Array(decompress(response.rawPayload))).toEqual(catalogue)
  })

  it('knows only hashes', async () => {
    for (const hash of ['0'.repeat(64), 'abc', '..%2f..%2fetc']) {
      const response = await get(`/v1/parts/${hash}`)
      expect([response.statusCode, response.json().code]).toEqual([404, 'TACIT_PART_UNKNOWN'])
      expect(response.headers['cache-control']).toBe('no-store')
    }
    expect(store.loads).toBe(1)
  })
})

describe('health', () => {
  it('lives and is ready', async () => {
    expect((await get('/healthz')).statusCode).toBe(200)
    expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
    expect(timers.pending).toBe(0)
  })

  it('is not ready while the database is away, or at the end', async () => {
    store.ping = () => Promise.reject(new TacitError('TACIT_DATABASE_UNAVAILABLE', { problem: 'gone' }))
    expect((await get('/readyz')).statusCode).toBe(503)
    store.ping = async () => {}
    stopping.abort()
    const response = await get('/readyz')
    expect([response.statusCode, response.json().code]).toEqual([503, 'TACIT_SHUTTING_DOWN'])
    expect((await get('/healthz')).statusCode).toBe(200)
  })

  it('does not wait for the database for ever', async () => {
    store.ping = () => {
      setImmediate(() => timers.advance(2_000))
      return new Promise(() => {})
    }
    expect((await get('/readyz')).json().code).toBe('TACIT_DATABASE_UNAVAILABLE')
  })
})

describe('status', () => {
  it('answers the document and the history of a task', async () => {
    expect((await get('/v1/status')).json()).toEqual(status.document)
    expect((await get('/v1/tasks/homepage/history')).json()).toEqual(status.history())
    expect((await get('/v1/tasks/nobody/history')).json().code).toBe('TACIT_TASK_UNKNOWN')
  })

  it('answers the newest measurements of a long history', async () => {
    status.points = Array.from({ length: 1500 }, (_, i) => ({ round: i + 1, 'hr@10': 0.5, devices: 12 }))
    expect((await get('/v1/tasks/homepage/history')).json()).toEqual(status.points.slice(500))
  })

  it('streams changes to a bounded number of readers and ends with the coordinator', async () => {
    await app.close()
    app = build({ limits: { maxSinks: 1 } })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/events`
    const response = await fetch(url)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toBe(`retry: 2000\ndata: ${JSON.stringify(status.document)}\n\n`)
    const refused = await fetch(url)
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'TACIT_TOO_MANY_DEVICES'])
    status.document = documentOf(4)
    for (const listener of status.listeners) listener()
    expect((await reader.read()).value).toBe(`data: ${JSON.stringify(documentOf(4))}\n\n`)
    stopping.abort()
    expect((await reader.read()).done).toBe(true)
    expect(status.listeners.size).toBe(0)
    expect((await fetch(url)).status).toBe(503)
  })

  it('forgets a reader that goes, and lets no open stream hold up the stop', async () => {
    await app.listen({ port: 0, host: '127.0.0.1' })
    const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/v1/events`
    const gone = once(app.server, 'connection').then(([socket]) => once(socket, 'close'))
    const leaving = new AbortController()
    await fetch(url, { signal: leaving.signal })
    expect(status.listeners.size).toBe(1)
    leaving.abort()
    await gone
    expect(status.listeners.size).toBe(0)
    const staying = await fetch(url)
    await app.close()
    expect(await staying.text()).toContain('data: ')
  })
})

describe('connections', () => {
  it('are closed when a request does not arrive whole, or when they are silent', async () => {
    await app.close()
    app = build({ limits: { requestDeadlineMs: 1_234, idleDeadlineMs: 5_678 } })
    const { requestTimeout, timeout, keepAliveTimeout } = app.server
    expect([requestTimeout, timeout, keepAliveTimeout]).toEqual([1_234, 5_678, 5_678])
  })
})

describe('page', () => {
  it('is one document that may run nothing but its own script', async () => {
    const response = await get('/')
    expect(response.headers['content-type']).toBe('text/html; charset=utf-8')
    const policy = response.headers['content-security-policy'] as string
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    const [inline] = [...response.body.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text)
    expect(inline).toBe(PAGE_SCRIPT)
    expect(response.body).not.toMatch(/ on\w+=|https?:\/\/(?!www\.w3\.org)|<link[^>]+href="(?!data:)/)
    new Script(PAGE_SCRIPT)
  })

  it.each([
    [{ backend: 'plain' }, 'the coordinator can read every vector'],
    [
      { coordinator: 'equivocating', identity: 'certified', groupSize: 130, neighbours: 56, threshold: 35 },
      'equivocating coordinator, certified devices, 56 neighbours of 130, 35 open a secret',
    ],
  ])('says of %j what it protects', (secureSum, note) => {
    const globals = { secureSum, document: {}, EventSource: class {} }
    expect(runInNewContext(`${PAGE_SCRIPT}\nmaskingNote(secureSum)`, globals)).toBe(note)
  })

  it('draws the curve of very many rounds', () => {
    const attributes = new Map<string, string>()
    const element = () => ({ setAttribute() {}, append() {}, replaceChildren() {}, style: {} })
    const root = {
      classList: { toggle() {} },
      setAttribute: (name: string, value: string) => attributes.set(name, value),
      append() {},
      replaceChildren() {},
      querySelector: () => root,
    }
    const view = {
      root,
      noisy: true,
      points: new Map(Array.from({ length: 200_000 }, (_, i) => [i + 1, i === 7 ? 0.5 : 0.25])),
    }
    runInNewContext(`${PAGE_SCRIPT}\ndrawChart(view)`, {
      view,
      document: { createElement: element, createElementNS: element },
      EventSource: class {},
    })
    expect(attributes.get('aria-label')).toMatch(/^HR@10 by round, with noise: .*round 200000, highest 50\.0/)
  })
})
