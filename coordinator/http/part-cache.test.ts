import { randomBytes } from 'node:crypto'
import { brotliDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { acceptedEncoding, PartCache } from './part-cache.js'

const text = Uint8Array.from(Buffer.from('tacit '.repeat(1_000)))
const noise = new Uint8Array(randomBytes(6_000))

function cacheOf(parts: Record<string, Uint8Array>, maxBytes = 100_000) {
  const loads: string[] = []
  const load = async (hash: string) => {
    loads.push(hash)
    return parts[hash]
  }
  return { cache: new PartCache(load, maxBytes), loads }
}

describe('the cache of parts', () => {
  it('loads and compresses once for all who ask together, and later', async () => {
    const { cache, loads } = cacheOf({ text })
    const asked = await Promise.all(Array.from({ length: 1_000 }, () => cache.get('text', 'br')))
    expect(new Set(asked).size).toBe(1)
    expect(new Uint8Array(brotliDecompressSync(asked[0]!.bytes))).toEqual(text)
    expect(await cache.get('text', 'br')).toBe(asked[0])
    expect((await cache.get('text'))!.bytes).toBe(text)
    expect(loads).toEqual(['text'])
  })

  it('leaves alone what does not shrink, and what is small', async () => {
    const small = text.subarray(0, 200)
    const { cache } = cacheOf({ noise, small })
    expect(await cache.get('noise', 'gzip')).toEqual({ bytes: noise, encoding: undefined })
    expect(await cache.get('small', 'gzip')).toEqual({ bytes: small, encoding: undefined })
  })

  it('keeps what was used last within its bound', async () => {
    const part = (seed: number) => new Uint8Array(100).fill(seed)
    const { cache, loads } = cacheOf({ a: part(1), b: part(2), c: part(3), large: new Uint8Array(301) }, 250)
    for (const hash of ['a', 'b', 'a', 'c', 'a', 'b', 'large', 'b']) await cache.get(hash)
    expect(loads).toEqual(['a', 'b', 'c', 'b', 'large'])
    expect(cache.bytes).toBe(200)
  })

  it('keeps a part, and not what it is a part of', async () => {
    const whole = Uint8Array.from({ length: 1_000 }, (_, i) => i)
    const { cache } = cacheOf({ part: whole.subarray(400, 700) })
    const { bytes } = (await cache.get('part'))!
    expect(bytes).toEqual(whole.subarray(400, 700))
    expect(bytes.buffer.byteLength).toBe(300)
  })

  it('forgets failures and parts that are not there', async () => {
    const { cache, loads } = cacheOf({})
    expect(await cache.get('none', 'br')).toBeUndefined()
    expect(await cache.get('none', 'br')).toBeUndefined()
    expect(loads).toHaveLength(2)
    let fails = true
    const flaky = new PartCache(async () => {
      if (fails) throw new Error('away')
      return text
    }, 100_000)
    await expect(flaky.get('text')).rejects.toThrow('away')
    fails = false
    expect((await flaky.get('text'))!.bytes).toBe(text)
  })
})

describe('the encoding accepted', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['identity', undefined],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['BR;q=0.5, gzip', 'br'],
    ['br;q=0, gzip;q=1.0', 'gzip'],
    ['br;q=0.0, *', 'gzip'],
    ['*;q=0', undefined],
  ] as const)('for %j is %s', (header, encoding) => {
    expect(acceptedEncoding(header)).toBe(encoding)
  })
})
