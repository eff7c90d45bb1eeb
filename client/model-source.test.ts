import { modelHash } from '@tacit/shared/model'
import { describe, expect, it } from 'vitest'
import type { Fetch } from './download.js'
import { ModelSource, type ModelSourceOptions } from './model-source.js'
import { MemoryPartCache, type PartCache } from './part-cache.js'
import { ManualTimers } from './testing/manual-timers.js'
import { sample } from './testing/sample.js'

const PATH = '/v1/tasks/homepage/model'
const URL_BASE = 'http://coordinator.test/'

function setUp(options: Partial<ModelSourceOptions> = {}) {
  const task = sample()
  const asked: string[] = []
  const timers = new ManualTimers()
  const fetch: Fetch = (url, init) => {
    asked.push(url)
    return (options.fetch ?? task.fetch)(url, init)
  }
  const source = new ModelSource({ url: URL_BASE, timers, jitter: () => 0, ...options, fetch })
  return { ...task, source, asked, timers, hash: task.plan.model.hash }
}

const code = (expected: string) => expect.objectContaining({ code: expected })

/** Lets every promise that is due run. */
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('ModelSource', () => {
  it('fetches a model by its manifest and parts', async () => {
    const { source, hash, fetched } = setUp()
    expect(await source.model(PATH, hash)).toEqual(fetched)
  })

  it('fetches once what many ask for', async () => {
    const { source, hash, asked } = setUp()
    await Promise.all(Array.from({ length: 20 }, () => source.model(PATH, hash)))
    await source.model(PATH, hash)
    expect(asked).toHaveLength(3)
    await source.newest('homepage')
    expect(asked).toHaveLength(4)
  })

  it('takes parts from the cache, but not on trust', async () => {
    const cache = new MemoryPartCache()
    const { hash, fetched, served } = setUp()
    for (const { hash: part } of fetched.manifest.parts) cache.put(part, served.get(`/v1/parts/${part}`)!)
    const good = setUp({ cache })
    expect(await good.source.model(PATH, hash)).toEqual(fetched)
    expect(good.asked).toEqual([`http://coordinator.test${PATH}`])
    for (const { hash: part } of fetched.manifest.parts) cache.put(part, Uint8Array.of(1, 2, 3, 4))
    const bad = setUp({ cache })
    expect(await bad.source.model(PATH, hash)).toEqual(fetched)
    expect(bad.asked).toHaveLength(3)
  })

  it('refuses another model than the one wanted', async () => {
    const { source } = setUp()
    await expect(source.model(PATH, '0'.repeat(64))).rejects.toThrow(code('TACIT_MODEL_HASH'))
  })

  it('refuses a part whose bytes were changed, and does not remember it', async () => {
    const { source, hash, served, fetched } = setUp()
    const path = `/v1/parts/${fetched.manifest.parts[0]!.hash}`
    const bytes = served.get(path)!
    served.set(
      path,
      bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte)),
    )
    await expect(source.model(PATH, hash)).rejects.toThrow(code('TACIT_MODEL_HASH'))
    served.set(path, bytes)
    expect(await source.model(PATH, hash)).toEqual(fetched)
  })

  it.each([
    ['a longer part than the manifest says', (bytes: Uint8Array) => new Uint8Array(bytes.length + 1)],
    ['a part cut short', (bytes: Uint8Array) => bytes.slice(1)],
  ])('refuses %s', async (_, change) => {
    const { source, hash, served, fetched } = setUp()
    const path = `/v1/parts/${fetched.manifest.parts[0]!.hash}`
    served.set(path, change(served.get(path)!) as Uint8Array<ArrayBuffer>)
    await expect(source.model(PATH, hash)).rejects.toThrow(/TACIT|bytes|hash/)
  })

  it.each([['{'], ['{}'], ['[]']])('refuses %s for a manifest', async (text) => {
    const { source, hash, served } = setUp()
    served.set(PATH, new TextEncoder().encode(text))
    await expect(source.model(PATH, hash)).rejects.toThrow(code('TACIT_MODEL_INVALID'))
  })

  it('goes nowhere but to the coordinator', async () => {
    const { source, hash, asked } = setUp()
    for (const path of ['http://elsewhere.test/model', '//elsewhere.test/model', 'file:///etc/passwd']) {
      await expect(source.model(path, hash)).rejects.toThrow(code('TACIT_MODEL_UNAVAILABLE'))
    }
    expect(asked).toEqual([])
  })

  it.each([
    '/v1/status',
    '/account/logout',
    '/v1/tasks/homepage/model?next=1',
    '/v1/tasks/homepage/model/more',
    '/v1/tasks/../model',
    '/v1/tasks/%2e%2e/model',
    '/v1/tasks//model',
    `/v1/tasks/${'x'.repeat(65)}/model`,
    'v1/tasks/homepage/model',
    '@elsewhere.test/v1/tasks/homepage/model',
    '/v1/tasks/homepage/model\n',
  ])('fetches nothing at the word of a coordinator that places the manifest at %j', async (path) => {
    const { source, hash, asked } = setUp()
    await expect(source.model(path, hash)).rejects.toThrow(code('TACIT_MODEL_UNAVAILABLE'))
    expect(asked).toEqual([])
  })

  it('fetches the manifest of every name that a task may have', async () => {
    const { source, hash, asked, served, fetched } = setUp()
    const path = '/v1/tasks/shop@eu:home_page-1.2/model'
    served.set(path, served.get(PATH)!)
    expect(await source.model(path, hash)).toEqual(fetched)
    expect(asked[0]).toBe(`http://coordinator.test${path}`)
  })

  it('refuses a model larger than the device takes, before fetching it', async () => {
    const { source, hash, asked } = setUp({ maxModelBytes: 100 })
    await expect(source.model(PATH, hash)).rejects.toThrow(code('TACIT_MODEL_UNAVAILABLE'))
    expect(asked).toHaveLength(1)
  })

  it('tries again after a failure that may pass, with waits in between', async () => {
    const { fetch } = sample()
    let failures = 2
    const { source, hash, timers, asked } = setUp({
      fetch: async (url, init) => (failures-- > 0 ? new Response('', { status: 503 }) : fetch(url, init)),
    })
    const wanted = source.model(PATH, hash)
    for (const wait of [250, 500]) {
      await settle()
      timers.advance(wait)
    }
    await wanted
    expect(asked).toHaveLength(5)
  })

  it('gives up after three attempts, and at once on what does not pass', async () => {
    const down = setUp({ fetch: () => Promise.reject(new TypeError('connection refused')) })
    const wanted = down.source.model(PATH, down.hash)
    const refused = expect(wanted).rejects.toThrow('connection refused')
    for (let i = 0; i < 3; i++) {
      await settle()
      down.timers.advance(1000)
    }
    await refused
    expect(down.asked).toHaveLength(3)

    const missing = setUp({ fetch: async () => new Response('', { status: 404 }) })
    await expect(missing.source.model(PATH, missing.hash)).rejects.toThrow(code('TACIT_MODEL_UNAVAILABLE'))
    expect(missing.asked).toHaveLength(1)
  })

  it('stops fetching the other parts once one failed', async () => {
    const { fetched, served } = setUp()
    const parts = Array.from({ length: 8 }, (_, i) => ({
      ...fetched.manifest.parts[0]!,
      hash: i.toString(16).repeat(64),
    }))
    const about = { ...fetched.manifest, parts }
    const manifest = { ...about, hash: modelHash(about) }
    served.set(PATH, new TextEncoder().encode(JSON.stringify(manifest)))
    const aborted: string[] = []
    const { source, asked, timers } = setUp({
      fetch: async (url, { signal }) => {
        if (url.endsWith(PATH)) return new Response(served.get(PATH)!)
        if (url.endsWith(parts[1]!.hash)) return new Response('', { status: 404 })
        if (url.endsWith(parts[2]!.hash)) return new Response('', { status: 503 })
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            aborted.push(url.slice(-1))
            reject(new Error('aborted'))
          })
        })
      },
    })
    await expect(source.model(PATH, manifest.hash)).rejects.toThrow('404')
    await settle()
    expect(aborted).toEqual(['0', '3'])
    timers.advance(60_000)
    await settle()
    expect([asked.length, timers.pending]).toEqual([5, 0])
  })

  it('looks no further into the cache once a part failed', async () => {
    const { fetched, served } = setUp()
    const [part] = fetched.manifest.parts
    const missing = { ...part!, hash: '0'.repeat(64) }
    const about = { ...fetched.manifest, parts: [part!, missing, ...Array.from({ length: 6 }, () => part!)] }
    served.set(PATH, new TextEncoder().encode(JSON.stringify({ ...about, hash: modelHash(about) })))
    const answers: (() => void)[] = []
    const cache: PartCache = {
      get: (hash) => {
        if (hash === missing.hash) return undefined
        return new Promise((resolve) => answers.push(() => resolve(served.get(`/v1/parts/${hash}`))))
      },
      put: () => {},
    }
    const fetch: Fetch = async (url) => {
      return url.endsWith(PATH) ? new Response(served.get(PATH)!) : new Response('', { status: 404 })
    }
    const { source } = setUp({ cache, fetch })
    await expect(source.model(PATH, modelHash(about))).rejects.toThrow('404')
    const looked = answers.length
    for (const answer of answers) answer()
    await settle()
    expect([looked, answers.length]).toEqual([3, 3])
  })

  it('stops fetching when a part is not what its address says', async () => {
    const { source, served, fetched, asked } = setUp()
    const { manifest } = fetched
    const parts = [...manifest.parts, ...manifest.parts, ...manifest.parts, ...manifest.parts]
    const about = { ...manifest, parts }
    served.set(PATH, new TextEncoder().encode(JSON.stringify({ ...about, hash: modelHash(about) })))
    for (const part of manifest.parts) {
      served.set(`/v1/parts/${part.hash}`, new Uint8Array(part.bytes))
    }
    await expect(source.model(PATH, modelHash(about))).rejects.toThrow(code('TACIT_MODEL_HASH'))
    await settle()
    expect(asked.length).toBeLessThan(1 + parts.length)
  })

  it.each([
    ['by default 32 MiB', {}, 33],
    ['its own limit', { maxCatalogueBytes: 2 * 2 ** 20 }, 3],
  ])('takes no catalogue larger than %s', async (_, options, mebibytes) => {
    const chunk = new Uint8Array(2 ** 20).fill(32)
    let left = mebibytes
    const body = new ReadableStream({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    })
    const { source, catalogue } = setUp({ ...options, fetch: async () => new Response(body) })
    await expect(source.catalogue(catalogue.hash)).rejects.toThrow(code('TACIT_MODEL_UNAVAILABLE'))
  })

  it('fetches a catalogue and checks its hash', async () => {
    const { source, catalogue, served } = setUp()
    expect((await source.catalogue(catalogue.hash)).ids).toEqual(catalogue.ids)
    const other = 'e'.repeat(64)
    served.set(`/v1/parts/${other}`, served.get(`/v1/parts/${catalogue.hash}`)!)
    await expect(source.catalogue(other)).rejects.toThrow(code('TACIT_MODEL_HASH'))
  })
})

describe('MemoryPartCache', () => {
  it('drops the least recently used beyond its size', () => {
    const cache = new MemoryPartCache(10)
    cache.put('a', new Uint8Array(4))
    cache.put('b', new Uint8Array(4))
    cache.get('a')
    cache.put('c', new Uint8Array(4))
    expect([cache.get('a') !== undefined, cache.get('b'), cache.get('c') !== undefined]).toEqual([
      true,
      undefined,
      true,
    ])
    cache.put('huge', new Uint8Array(11))
    expect(cache.get('huge')).toBe(undefined)
    cache.put('c', new Uint8Array(6))
    expect(cache.get('a')).toHaveLength(4)
  })
})
