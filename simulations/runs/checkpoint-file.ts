import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson, type Json } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import type { ModelState, Tensors } from '@tacit/shared/model'
import type { BestRound, Checkpoint } from '../runner/index.js'
import { type ArrayPlace, ArrayWriter, type FloatArray, readArray } from './arrays.js'
import { makeFolder, readIfThere, readJson, remove, writeWhole } from './files.js'
import type { MetricsMark } from './metrics-log.js'

/** The newest, and the one before it should that turn out to be damaged. */
const GENERATIONS = 2

/** Tensors by name, their numbers by the number of their array. */
type TensorIndex = Readonly<Record<string, { readonly shape: readonly number[]; readonly array: number }>>

interface StateIndex {
  readonly model: TensorIndex
  readonly server: TensorIndex
}

/** What is written as JSON, with a hash of its own. */
interface Index {
  readonly schema: 1
  readonly round: number
  /** What decided the rounds so far. */
  readonly options: Readonly<Record<string, unknown>>
  /** The part of metrics.jsonl that these rounds are. */
  readonly metrics: MetricsMark
  readonly state: StateIndex
  readonly best: {
    readonly round: number
    readonly state: StateIndex
    readonly personal: number | null
  } | null
  readonly personal: number | null
  readonly groups: Checkpoint['groups']
  readonly older?: readonly { readonly round: number; readonly model: TensorIndex }[]
  readonly arrays: readonly ArrayPlace[]
  /** Of the file of arrays. */
  readonly bytes: number
  readonly arraysHash: string
}

/** A checkpoint as it lies in its folder, but for its rounds' records, which are lines of metrics.jsonl. */
export interface StoredCheckpoint {
  readonly round: number
  readonly options: Readonly<Record<string, unknown>>
  readonly metrics: MetricsMark
  /** @param records of the rounds up to `round` */
  restore(records: Checkpoint['records']): Checkpoint
}

/**
 * Writes a checkpoint beside those before it: first the arrays, then the index that names them by hash, so that
 * there is none before it is whole.
 * @throws TACIT_RUN_UNWRITABLE
 */
export function writeCheckpoint(
  dir: string,
  checkpoint: Checkpoint,
  about: { readonly options: Readonly<Record<string, unknown>>; readonly metrics: MetricsMark },
): void {
  const { records, state, best, personal, groups, older } = checkpoint
  const round = records.length
  const arrays = new ArrayWriter()
  const optional = (values: FloatArray | undefined) => (values === undefined ? null : arrays.add(values))
  const index: Index = {
    schema: 1,
    round,
    ...about,
    state: stateIndex(state, arrays),
    best: best
      ? { round: best.record.round, state: stateIndex(best.state, arrays), personal: optional(best.personal) }
      : null,
    personal: optional(personal),
    groups,
    ...(older && { older: older.map(({ round, model }) => ({ round, model: tensorIndex(model, arrays) })) }),
    arrays: arrays.places,
    bytes: arrays.length,
    arraysHash: arrays.hash,
  }
  makeFolder(dir)
  writeWhole(arraysFile(dir, round), ...arrays.bytes)
  const text = canonicalJson(index as unknown as Json)
  writeWhole(indexFile(dir, round), Buffer.from(`{"hash":"${sha256(text)}","index":${text}}\n`))
  for (const old of roundsIn(dir).slice(GENERATIONS)) removeCheckpoint(dir, old)
}

/**
 * The newest checkpoint that is whole and that `accept` does not refuse, or undefined where none was ever written.
 * @param accept says what is wrong, if anything
 * @throws TACIT_RUN_DAMAGED when there are some and none can be used
 */
export function readCheckpoint(
  dir: string,
  accept: (checkpoint: StoredCheckpoint) => string | undefined,
): StoredCheckpoint | undefined {
  const problems: string[] = []
  const rounds = roundsIn(dir)
  for (const round of rounds) {
    try {
      const checkpoint = readOne(dir, round)
      const problem = accept(checkpoint)
      if (problem === undefined) return checkpoint
      problems.push(`round ${round}: ${problem}`)
    } catch (error) {
      problems.push(`round ${round}: ${(error as Error).message}`)
    }
  }
  if (rounds.length === 0) return undefined
  throw new TacitError('TACIT_RUN_DAMAGED', { file: dir, problem: problems.join('; ') })
}

/** Those after a round would be in the way of the ones that it will be followed by. */
export function removeCheckpointsAfter(dir: string, round: number): void {
  for (const later of roundsIn(dir)) if (later > round) removeCheckpoint(dir, later)
}

function readOne(dir: string, round: number): StoredCheckpoint {
  const index = readIndex(indexFile(dir, round))
  const bytes = readIfThere(arraysFile(dir, round))
  if (!bytes) throw new Error('its arrays are missing')
  if (bytes.length !== index.bytes)
    throw new Error(`its arrays are ${bytes.length} bytes, not ${index.bytes}`)
  if (sha256(bytes) !== index.arraysHash) throw new Error('its arrays do not have the hash that they had')
  // What one array was in the run is one again: a model that is both the last and the best is there once.
  const known = new Map<number, FloatArray>()
  const array = (number: number) => {
    const values = known.get(number) ?? readArray(bytes, index.arrays[number]!)
    known.set(number, values)
    return values
  }
  return {
    round: index.round,
    options: index.options,
    metrics: index.metrics,
    restore: (records) => ({
      records,
      state: stateOf(index.state, array),
      best: index.best === null ? undefined : bestOf(index, records, array),
      personal: optionalPersonal(index.personal, array),
      groups: index.groups,
      ...(index.older && {
        older: index.older.map(({ round, model }) => ({ round, model: tensorsOf(model, array) })),
      }),
    }),
  }
}

function readIndex(file: string): Index {
  const document = readJson(file) as { readonly hash?: unknown; readonly index?: Json } | null
  if (!document?.index) throw new Error('its index is empty')
  if (sha256(canonicalJson(document.index)) !== document.hash)
    throw new Error('its index does not have the hash that it had')
  const index = document.index as unknown as Index
  if (index.schema !== 1) throw new Error('it is of another version')
  return index
}

function bestOf(
  index: Index,
  records: Checkpoint['records'],
  array: (number: number) => FloatArray,
): BestRound {
  const { round, state, personal } = index.best!
  return {
    record: records[round - 1]!,
    state: stateOf(state, array),
    personal: optionalPersonal(personal, array),
  }
}

function optionalPersonal(
  number: number | null,
  array: (number: number) => FloatArray,
): Float32Array | undefined {
  return number === null ? undefined : (array(number) as Float32Array)
}

function stateIndex({ model, server }: ModelState, arrays: ArrayWriter): StateIndex {
  return { model: tensorIndex(model, arrays), server: tensorIndex(server, arrays) }
}

function tensorIndex(tensors: Tensors, arrays: ArrayWriter): TensorIndex {
  const indexed = Object.entries(tensors).map(([name, { shape, values }]) => [
    name,
    { shape: [...shape], array: arrays.add(values) },
  ])
  return Object.fromEntries(indexed)
}

function stateOf({ model, server }: StateIndex, array: (number: number) => FloatArray): ModelState {
  return { model: tensorsOf(model, array), server: tensorsOf(server, array) }
}

function tensorsOf(index: TensorIndex, array: (number: number) => FloatArray): Tensors {
  const tensors = Object.entries(index).map(([name, { shape, array: number }]) => [
    name,
    { shape, values: array(number) },
  ])
  return Object.fromEntries(tensors)
}

/** Rounds of which there is a checkpoint, the newest first. */
function roundsIn(dir: string): number[] {
  let names: string[]
  try {
    names = readdirSync(dir)
  } catch {
    return []
  }
  return names
    .flatMap((name) => {
      const found = /^(\d+)\.json$/.exec(name)
      return found ? [Number(found[1])] : []
    })
    .sort((a, b) => b - a)
}

function removeCheckpoint(dir: string, round: number): void {
  remove(indexFile(dir, round))
  remove(arraysFile(dir, round))
}

function indexFile(dir: string, round: number): string {
  return join(dir, `${String(round).padStart(7, '0')}.json`)
}

function arraysFile(dir: string, round: number): string {
  return join(dir, `${String(round).padStart(7, '0')}.bin`)
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
