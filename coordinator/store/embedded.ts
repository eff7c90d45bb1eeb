import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PGlite, type PGliteOptions, types } from '@electric-sql/pglite'
import { drizzle } from 'drizzle-orm/pglite'
import { migrate } from 'drizzle-orm/pglite/migrator'
import { Database, migrationsFolder } from './database.js'

/** One process, one connection: the default of 128 MB would only cost memory. */
const SHARED_BUFFERS = '8MB'

/**
 * PostgreSQL inside this process, in `dataDir`/pg or, without one, in memory. What was committed outlives
 * the process however it ends; it is not flushed to the disk, so it does not outlive a loss of power.
 */
export async function openEmbedded(dataDir: string | undefined): Promise<Database> {
  const client = dataDir === undefined ? await startInMemory() : await startIn(dataDir)
  const queries = drizzle({ client })
  try {
    await migrate(queries, { migrationsFolder: migrationsFolder() })
    if (dataDir === undefined && ++openedInMemory === 2) empty = await imageOf(client)
  } catch (error) {
    await client.close()
    throw error
  }
  return new Database(queries, () => client.close())
}

/** A process that opens one in memory after another, as tests do, copies an empty one from the third on: a third of the time. */
let openedInMemory = 0
let empty: Blob | undefined

/** Without one all are made anew. */
function imageOf(client: PGlite): Promise<Blob | undefined> {
  return client.dumpDataDir('none').catch(() => undefined)
}

function startInMemory(): Promise<PGlite> {
  return start(empty ? { loadDataDir: empty } : {})
}

/** Whether a database was ever kept in `dataDir`: opening it would make one. */
export function holdsDatabase(dataDir: string): boolean {
  return existsSync(folderIn(dataDir))
}

const folderIn = (dataDir: string) => join(dataDir, 'pg')

/**
 * A new database is made beside and moved into place when whole, so that a process killed meanwhile leaves
 * none that is half made. It also leaves the memory that making it took to be freed.
 */
async function startIn(dataDir: string): Promise<PGlite> {
  const folder = folderIn(dataDir)
  if (!existsSync(folder)) {
    const unfinished = `${folder}.new`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { recursive: true, mode: 0o700 })
    await (await start({ dataDir: unfinished })).close()
    await rename(unfinished, folder)
  }
  return start({ dataDir: folder })
}

function start(options: PGliteOptions): Promise<PGlite> {
  return PGlite.create({
    ...options,
    startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${SHARED_BUFFERS}`],
    // PGlite's own go byte by byte through JavaScript arrays: ten times slower.
    serializers: { [types.BYTEA]: toHex },
    parsers: { [types.BYTEA]: fromHex },
  })
}

function toHex(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`
}

function fromHex(text: string): Uint8Array {
  return Buffer.from(text.slice('\\x'.length), 'hex')
}
