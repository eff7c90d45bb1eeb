import { TacitError } from '@tacit/shared/errors'
import {
  decodeModel,
  type EncodedModel,
  encodeModel,
  type Manifest,
  type ModelState,
  type Tensors,
} from '@tacit/shared/model'
import type { RoundMetrics } from '@tacit/shared/update'
import { and, desc, eq, lt } from 'drizzle-orm'
import { getBlobs, holdBlobs, putBlobs, sweepBlobs } from './blobs.js'
import { checkCharge } from './budgets.js'
import type { Queries } from './database.js'
import { endReleased, type RoundKey } from './rounds.js'
import { releaseParts, releases } from './schema.js'
import { holdTask } from './tasks.js'

export interface ReleaseRecord {
  readonly round: number
  /** The public model as parts; its manifest names this task and round. */
  readonly model: EncodedModel
  /** What only the server needs to go on: the other half of a `ModelState`. */
  readonly server: Tensors
  readonly metrics?: RoundMetrics
  /** The charge that was made for it, of a round with differential privacy. */
  readonly charge?: string | undefined
  /** Devices whose vectors are in it. */
  readonly survivors: number
}

export interface StoredRelease {
  readonly round: number
  readonly manifest: Manifest
  readonly state: ModelState
}

/**
 * Stores a release and ends its round. Round 0, the initial model, has no round to end.
 * @throws TACIT_RELEASE_EXISTS, TACIT_OUT_OF_PHASE, TACIT_TASK_UNKNOWN, TACIT_MODEL_INVALID, TACIT_CHARGE_MISSING
 */
export async function putRelease(queries: Queries, key: RoundKey, release: ReleaseRecord, now: Date) {
  const { manifest } = release.model
  if (manifest.task !== key.task || manifest.round !== key.round) {
    throw new TacitError('TACIT_MODEL_INVALID', {
      problem: `its manifest is of ${manifest.task}:${manifest.round}, not of ${key.task}:${key.round}`,
    })
  }
  await holdBlobs(queries)
  await holdTask(queries, key.task)
  await checkCharge(queries, key, release.charge)
  const { task, round, model, catalogue } = manifest
  const state = encodeModel({ task, round, model, catalogue }, release.server)
  const created = await queries
    .insert(releases)
    .values({
      ...key,
      charge: release.charge ?? null,
      modelHash: manifest.hash,
      manifest,
      stateManifest: state.manifest,
      createdAt: now,
    })
    .onConflictDoNothing()
    .returning({ round: releases.round })
  if (created.length === 0) throw new TacitError('TACIT_RELEASE_EXISTS', { ...key })
  await putParts(queries, key, 'public', release.model)
  await putParts(queries, key, 'server', state)
  if (key.round > 0) await endReleased(queries, key, release, now)
}

/**
 * The newest release, put together again and checked against its hashes.
 * @throws TACIT_MODEL_HASH, TACIT_MODEL_INVALID when what is stored is damaged
 */
export async function latestRelease(queries: Queries, task: string): Promise<StoredRelease | undefined> {
  await holdBlobs(queries)
  const [row] = await queries
    .select()
    .from(releases)
    .where(eq(releases.task, task))
    .orderBy(desc(releases.round))
    .limit(1)
  if (!row) return undefined
  const { round, manifest, stateManifest } = row
  const bytes = await getBlobs(queries, [...hashesOf(manifest), ...hashesOf(stateManifest)])
  const state = { model: decodeModel(manifest, bytes), server: decodeModel(stateManifest, bytes) }
  return { round, manifest, state }
}

export async function latestManifest(queries: Queries, task: string): Promise<Manifest | undefined> {
  const [row] = await queries
    .select({ manifest: releases.manifest })
    .from(releases)
    .where(eq(releases.task, task))
    .orderBy(desc(releases.round))
    .limit(1)
  return row?.manifest
}

/** Deletes all but the newest `keep` >= 1 releases of the task, and the blobs that nothing names any more. */
export async function pruneReleases(queries: Queries, task: string, keep: number): Promise<number> {
  await holdBlobs(queries)
  const [oldestKept] = await queries
    .select({ round: releases.round })
    .from(releases)
    .where(eq(releases.task, task))
    .orderBy(desc(releases.round))
    .offset(Math.max(1, keep) - 1)
    .limit(1)
  if (!oldestKept) return 0
  const gone = await queries
    .delete(releases)
    .where(and(eq(releases.task, task), lt(releases.round, oldestKept.round)))
    .returning({ round: releases.round })
  if (gone.length > 0) await sweepBlobs(queries)
  return gone.length
}

async function putParts(
  queries: Queries,
  key: RoundKey,
  audience: 'public' | 'server',
  { manifest, parts }: EncodedModel,
): Promise<void> {
  const hashes = hashesOf(manifest)
  const bytesOf = (hash: string): Uint8Array => {
    const bytes = parts.get(hash)
    if (!bytes) throw new TacitError('TACIT_MODEL_INVALID', { problem: `part ${hash} is missing` })
    return bytes
  }
  await putBlobs(
    queries,
    [...hashes].map((hash) => [hash, bytesOf(hash)]),
  )
  if (hashes.size === 0) return
  await queries.insert(releaseParts).values([...hashes].map((hash) => ({ ...key, audience, hash })))
}

function hashesOf(manifest: Manifest): ReadonlySet<string> {
  return new Set(manifest.parts.map((part) => part.hash))
}
