import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFloat32, sha256Hex } from '../bytes/index.js'
import {
  decodeModel,
  type EncodedModel,
  encodeModel,
  type Manifest,
  modelHash,
  parseManifest,
} from './manifest.js'
import type { Tensors } from './model.js'

const about: Parameters<typeof encodeModel>[0] = {
  task: 'homepage',
  round: 3,
  model: { name: 'ials', settings: { factors: 2, alpha: 0.2 } },
  catalogue: { hash: 'ab'.repeat(32), items: 3 },
}
const tensors: Tensors = {
  table: { shape: [3, 2], values: Float32Array.of(1, -2, 0.5, 1e-20, 3, 4) },
  gram: { shape: [3], values: Float64Array.of(0.1, 0.2, 0.3) },
}

const withCode = (code: string) => expect.objectContaining({ code })

/** The encoding with its manifest changed, and hashed anew: what a coordinator could serve. */
function rewritten(
  { manifest, parts }: EncodedModel,
  change: (parts: Manifest['parts']) => Manifest['parts'],
) {
  const changed = { ...manifest, parts: change(structuredClone(manifest.parts)) }
  return [{ ...changed, hash: modelHash(changed) }, parts] as const
}

describe('a model in parts', () => {
  it('is put together as it was', () => {
    const float = fc.float({ noNaN: true, noDefaultInfinity: true })
    const double = fc.double({ noNaN: true, noDefaultInfinity: true })
    const width = fc.integer({ min: 1, max: 4 })
    const table = width.chain((k) =>
      fc.array(fc.array(float, { minLength: k, maxLength: k }), { minLength: 1, maxLength: 9 }),
    )
    fc.assert(
      fc.property(table, fc.array(double, { minLength: 1 }), (rows, list) => {
        const model: Tensors = {
          table: { shape: [rows.length, rows[0]!.length], values: Float32Array.from(rows.flat()) },
          list: { shape: [list.length], values: Float64Array.from(list) },
        }
        const { manifest, parts } = encodeModel(about, model)
        expect(decodeModel(parseManifest(JSON.parse(JSON.stringify(manifest))), parts)).toEqual(model)
      }),
    )
  })

  it('has large tables cut at a mebibyte, at whole rows', () => {
    const rows = 120_001
    const values = Float32Array.from({ length: rows * 3 }, (_, i) => i % 1013)
    const { manifest, parts } = encodeModel(about, { table: { shape: [rows, 3], values } })
    const cut = Math.floor(2 ** 20 / 12)
    expect(manifest.parts.map((part) => part.rows)).toEqual([
      { from: 0, to: cut },
      { from: cut, to: rows },
    ])
    expect(
      manifest.parts.every((part) => part.bytes <= 2 ** 20 && parts.get(part.hash)!.length === part.bytes),
    ).toBe(true)
    const decoded = decodeModel(manifest, parts).table!.values
    expect(decoded.length === values.length && decoded.every((x, i) => x === values[i])).toBe(true)
  })

  it('has parts addressed by the hash of their bytes, tensors in order of name', () => {
    const { manifest, parts } = encodeModel(about, tensors)
    expect(manifest.parts.map((part) => [part.tensor, part.encoding, part.bytes])).toEqual([
      ['gram', 'f64le', 24],
      ['table', 'f32le', 24],
    ])
    for (const [hash, bytes] of parts) expect(sha256Hex(bytes)).toBe(hash)
  })
})

describe('the hash of a model', () => {
  const hashOf = (change: Partial<typeof about> = {}, model = tensors) =>
    encodeModel({ ...about, ...change }, model).manifest.hash

  it('says nothing of task and round', () => {
    expect(hashOf({ task: 'checkout', round: 99 })).toBe(hashOf())
  })

  it('changes with name, settings, catalogue and a single bit of a tensor', () => {
    const bit = { ...tensors, gram: { shape: [3], values: Float64Array.of(0.1, 0.2, 0.30000000000000004) } }
    const hashes = [
      hashOf(),
      hashOf({ model: { ...about.model, name: 'other' } }),
      hashOf({ model: { ...about.model, settings: { factors: 2, alpha: 0.3 } } }),
      hashOf({ catalogue: { ...about.catalogue, items: 4 } }),
      hashOf({ catalogue: { ...about.catalogue, hash: 'cd'.repeat(32) } }),
      hashOf({}, bit),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('is this one', () => {
    expect(hashOf()).toMatchInlineSnapshot(
      `"d8881f140267d25d4b27725230d97786de5a935bac9e314e3348ecb0528a77c1"`,
    )
  })
})

describe('a model that was tampered with', () => {
  const encoded = encodeModel(about, tensors)
  const { manifest, parts } = encoded

  it.each(['gram', 'table'])('is refused when a part of %s has another hash', (tensor) => {
    const part = manifest.parts.find((part) => part.tensor === tensor)!
    for (const at of [0, part.bytes - 1]) {
      const bytes = parts.get(part.hash)!.slice()
      bytes[at]! ^= 1
      const tampered = new Map(parts).set(part.hash, bytes)
      expect(() => decodeModel(manifest, tampered)).toThrow(withCode('TACIT_MODEL_HASH'))
    }
  })

  it.each<[string, Partial<Manifest>]>([
    ['settings', { model: { name: 'ials', settings: { factors: 2, alpha: 9 } } }],
    ['catalogue', { catalogue: { ...about.catalogue, items: 4 } }],
    ['parts', { parts: manifest.parts.slice(1) }],
    ['hash', { hash: '0'.repeat(64) }],
  ])('is refused when the manifest has other %s', (_, change) => {
    expect(() => decodeModel({ ...manifest, ...change }, parts)).toThrow(withCode('TACIT_MODEL_HASH'))
  })

  const table = manifest.parts.find((part) => part.tensor === 'table')!
  const others = manifest.parts.filter((part) => part !== table)
  const wrong: [string, (typeof table)[]][] = [
    ['its first rows missing', [{ ...table, rows: { from: 1, to: 3 } }]],
    ['its last rows missing', [{ ...table, rows: { from: 0, to: 2 } }]],
    ['more rows than bytes', [{ ...table, rows: { from: 0, to: 4 }, shape: [4, 2] }]],
    ['rows that run backwards', [{ ...table, rows: { from: 0, to: 0 } }]],
    ['the same rows twice', [table, table]],
    ['another width', [{ ...table, shape: [3, 3] }]],
    ['one dimension too few', [{ ...table, shape: [3] }]],
    ['another height', [{ ...table, shape: [2 ** 31 - 1, 2] }]],
    ['two heights', [table, { ...table, shape: [6, 2], rows: { from: 3, to: 6 } }]],
    [
      'two encodings',
      [
        { ...table, shape: [6, 2] },
        { ...table, shape: [6, 2], encoding: 'f64le', rows: { from: 3, to: 6 } },
      ],
    ],
    ['another encoding', [{ ...table, encoding: 'f64le' }]],
    ['another number of bytes', [{ ...table, bytes: 23 }]],
  ]
  it.each(wrong)('is refused when a table has %s, though every hash is right', (_, listed) => {
    const [changed, bytes] = rewritten(encoded, () => [...others, ...listed])
    expect(() => decodeModel(changed, bytes)).toThrow(withCode('TACIT_MODEL_INVALID'))
  })

  it('is refused when a part is missing, cut or not made of finite numbers', () => {
    const missing = new Map(parts)
    missing.delete(table.hash)
    expect(() => decodeModel(manifest, missing)).toThrow(withCode('TACIT_MODEL_INVALID'))
    const cut = Uint8Array.of(1, 2, 3)
    for (const bytes of [cut, encodeFloat32([1, 2, 3, 4, 5, Number.NaN])]) {
      const hash = sha256Hex(bytes)
      const [changed] = rewritten(encoded, () => [...others, { ...table, hash, bytes: bytes.length }])
      expect(() => decodeModel(changed, new Map<string, Uint8Array>(parts).set(hash, bytes))).toThrow(
        withCode('TACIT_MODEL_INVALID'),
      )
    }
  })
})

describe('parseManifest', () => {
  const { manifest } = encodeModel(about, tensors)

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'manifest'],
    ['an unknown key', { ...manifest, extra: 1 }],
    ['another schema', { ...manifest, schema: 2 }],
    ['a short hash', { ...manifest, hash: 'ab' }],
    ['a negative round', { ...manifest, round: -1 }],
    ['three dimensions', { ...manifest, parts: [{ ...manifest.parts[0], shape: [1, 1, 1] }] }],
    ['an unknown encoding', { ...manifest, parts: [{ ...manifest.parts[0], encoding: 'f16le' }] }],
    ['a number of bytes beyond reason', { ...manifest, parts: [{ ...manifest.parts[0], bytes: 2 ** 31 }] }],
    ['parts without end', { ...manifest, parts: Array(5000).fill(manifest.parts[0]) }],
    ['a setting that is text', { ...manifest, model: { name: 'ials', settings: { alpha: '1' } } }],
  ])('refuses %s', (_, json) => {
    expect(() => parseManifest(json)).toThrow(withCode('TACIT_MODEL_INVALID'))
  })
})
