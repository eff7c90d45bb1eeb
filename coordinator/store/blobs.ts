import { and, eq, exists, inArray, not, or } from 'drizzle-orm'
import { LOCKS, type Queries, transactionLock } from './database.js'
import { blobs, releaseParts, tasks } from './schema.js'

/** Keeps the blobs as they are until the transaction ends: none is added or swept by another. */
export async function holdBlobs(queries: Queries): Promise<void> {
  await queries.execute(transactionLock(LOCKS.blobs))
}

/** Stores bytes by their hash; what is there already stays. Needs {@link holdBlobs}. */
export async function putBlobs(
  queries: Queries,
  entries: Iterable<readonly [hash: string, bytes: Uint8Array]>,
): Promise<void> {
  for (const [hash, bytes] of entries) {
    await queries.insert(blobs).values({ hash, bytes }).onConflictDoNothing()
  }
}

/** The blobs that are there, of these hashes. */
export async function getBlobs(
  queries: Queries,
  hashes: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (hashes.length === 0) return new Map()
  const rows = await queries
    .select()
    .from(blobs)
    .where(inArray(blobs.hash, [...hashes]))
  return new Map(rows.map(({ hash, bytes }) => [hash, bytes]))
}

/** A blob that devices may fetch: part of a public model, or a catalogue. Never the server's state. */
export async function getPublicBlob(queries: Queries, hash: string): Promise<Uint8Array | undefined> {
  const isPublicPart = queries
    .select({ hash: releaseParts.hash })
    .from(releaseParts)
    .where(and(eq(releaseParts.hash, blobs.hash), eq(releaseParts.audience, 'public')))
  const [row] = await queries
    .select({ bytes: blobs.bytes })
    .from(blobs)
    .where(and(eq(blobs.hash, hash), or(exists(isPublicPart), exists(catalogueOf(queries)))))
  return row?.bytes
}

/** Deletes the blobs that nothing names. Needs {@link holdBlobs}. */
export async function sweepBlobs(queries: Queries): Promise<void> {
  const named = queries
    .select({ hash: releaseParts.hash })
    .from(releaseParts)
    .where(eq(releaseParts.hash, blobs.hash))
  await queries.delete(blobs).where(and(not(exists(named)), not(exists(catalogueOf(queries)))))
}

function catalogueOf(queries: Queries) {
  return queries.select({ name: tasks.name }).from(tasks).where(eq(tasks.catalogueHash, blobs.hash))
}
