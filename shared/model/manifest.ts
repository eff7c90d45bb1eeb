import * as z from 'zod/mini'
import {
  decodeFloat32,
  decodeFloat64,
  encodeFloat32,
  encodeFloat64,
  hashJson,
  sha256Hex,
} from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import type { Tensor, Tensors } from './model.js'

/** Bytes of item-table rows in one part, so that a device can fetch and cache a large table in pieces. */
const PART_BYTES = 1024 * 1024

const count = z.int().check(z.gte(0), z.lte(2 ** 31 - 1))
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const name = z.string().check(z.minLength(1), z.maxLength(64))

export const partSchema = z.strictObject({
  /** The tensor whose rows these are. */
  tensor: name,
  shape: z.array(count).check(z.minLength(1), z.maxLength(2)),
  /** Rows held, [from, to). */
  rows: z.strictObject({ from: count, to: count }),
  encoding: z.enum(['f32le', 'f64le']),
  bytes: count,
  /** SHA-256 of the bytes, which is also their address. */
  hash,
})
export type Part = z.infer<typeof partSchema>

export const manifestSchema = z.strictObject({
  schema: z.literal(1),
  task: name,
  /** The round whose release this is; 0 for the initial model. */
  round: count,
  model: z.strictObject({ name, settings: z.record(name, z.number()) }),
  catalogue: z.strictObject({ hash, items: count }),
  parts: z.array(partSchema).check(z.maxLength(4096)),
  /** See {@link modelHash}. */
  hash,
})
/** The small JSON document that names a model's parts. */
export type Manifest = z.infer<typeof manifestSchema>

export interface EncodedModel {
  readonly manifest: Manifest
  /** The parts' bytes by hash. */
  readonly parts: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
}

/**
 * Identifies a model by content alone: SHA-256 of the canonical JSON of its name, settings, catalogue and
 * parts. Task and round are left out, so that two runs that trained the same model have the same hash.
 */
export function modelHash(manifest: Omit<Manifest, 'hash'>): string {
  const { model, catalogue, parts } = manifest
  return hashJson({ model, catalogue, parts })
}

/** Cuts a model into parts named by hash. */
export function encodeModel(
  about: Pick<Manifest, 'task' | 'round' | 'model' | 'catalogue'>,
  tensors: Tensors,
): EncodedModel {
  const parts = new Map<string, Uint8Array<ArrayBuffer>>()
  const listed: Part[] = []
  for (const tensor of Object.keys(tensors).sort()) {
    for (const [part, bytes] of encodeTensor(tensor, tensors[tensor]!)) {
      listed.push(part)
      parts.set(part.hash, bytes as Uint8Array<ArrayBuffer>)
    }
  }
  const manifest = { schema: 1 as const, ...about, parts: listed }
  return { manifest: { ...manifest, hash: modelHash(manifest) }, parts }
}

/**
 * Puts a model together again from its parts, each checked against the hash that the manifest names.
 * @throws TACIT_MODEL_HASH, TACIT_MODEL_INVALID
 */
export function decodeModel(manifest: Manifest, parts: ReadonlyMap<string, Uint8Array>): Tensors {
  if (modelHash(manifest) !== manifest.hash) {
    throw new TacitError('TACIT_MODEL_HASH', {
      part: 'manifest',
      expected: manifest.hash,
      actual: modelHash(manifest),
    })
  }
  const byTensor = new Map<string, Part[]>()
  for (const part of manifest.parts) byTensor.set(part.tensor, [...(byTensor.get(part.tensor) ?? []), part])
  const tensors: Record<string, Tensor> = {}
  for (const [name, listed] of byTensor) tensors[name] = assemble(name, listed, parts)
  return tensors
}

/** @throws TACIT_MODEL_INVALID */
export function parseManifest(json: unknown): Manifest {
  const result = z.safeParse(manifestSchema, json)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalid(`manifest: ${issue?.path.join('.') || 'document'}: ${issue?.code ?? 'invalid'}`)
}

/** @throws TACIT_MODEL_HASH when the bytes are not those that the manifest names */
export function checkPart(part: Part, bytes: Uint8Array): void {
  const actual = sha256Hex(bytes)
  if (actual !== part.hash) {
    throw new TacitError('TACIT_MODEL_HASH', { part: part.tensor, expected: part.hash, actual })
  }
}

/** Memory is taken for a tensor only after its parts proved to be there, whole and of the size it claims. */
function assemble(name: string, listed: readonly Part[], parts: ReadonlyMap<string, Uint8Array>): Tensor {
  const { shape, encoding } = listed[0]!
  const width = shape[1] ?? 1
  const blocks: (Float32Array | Float64Array)[] = []
  let next = 0
  for (const part of listed) {
    const values = decodePart(part, parts.get(part.hash))
    const { from, to } = part.rows
    const fits =
      from === next &&
      part.bytes === parts.get(part.hash)!.length &&
      values.length === (to - from) * width &&
      part.encoding === encoding &&
      part.shape.length === shape.length &&
      part.shape.every((dimension, axis) => dimension === shape[axis])
    if (!fits) throw invalid(`rows ${from}..${to} of ${name} do not fit`)
    blocks.push(values)
    next = to
  }
  if (next !== shape[0]) throw invalid(`${name} ends at row ${next}`)
  const values = encoding === 'f32le' ? new Float32Array(next * width) : new Float64Array(next * width)
  let at = 0
  for (const block of blocks) {
    values.set(block, at)
    at += block.length
  }
  return { shape, values }
}

function decodePart(part: Part, bytes: Uint8Array | undefined): Float32Array | Float64Array {
  if (!bytes) throw invalid(`part ${part.hash} of ${part.tensor} is missing`)
  checkPart(part, bytes)
  return part.encoding === 'f32le' ? decodeFloat32(bytes) : decodeFloat64(bytes)
}

function* encodeTensor(tensor: string, { shape, values }: Tensor): Generator<[Part, Uint8Array]> {
  const width = shape[1] ?? 1
  const single = values instanceof Float32Array
  const step = Math.max(1, Math.floor(PART_BYTES / (width * (single ? 4 : 8))))
  for (let from = 0; from < shape[0]!; from += step) {
    const to = Math.min(shape[0]!, from + step)
    const rows = values.subarray(from * width, to * width)
    const bytes = single ? encodeFloat32(rows) : encodeFloat64(rows)
    const encoding = single ? 'f32le' : 'f64le'
    yield [
      {
        tensor,
        shape: [...shape],
        rows: { from, to },
        encoding,
        bytes: bytes.length,
        hash: sha256Hex(bytes),
      },
      bytes,
    ]
  }
}

function invalid(problem: string): TacitError {
  return new TacitError('TACIT_MODEL_INVALID', { problem })
}
