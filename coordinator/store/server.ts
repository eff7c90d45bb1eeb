import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { Database, LOCKS, migrationsFolder, reported } from './database.js'

const CONNECTIONS = 4
const CONNECT_DEADLINE_S = 10
const STATEMENT_DEADLINE_MS = 60_000
const CLOSE_DEADLINE_S = 5

/** A PostgreSQL server, by its URL. */
export async function openServer(url: string): Promise<Database> {
  await reported(() => migrateAlone(url))
  const client = connect(url, CONNECTIONS)
  return new Database(drizzle({ client }), () => client.end({ timeout: CLOSE_DEADLINE_S }))
}

/** Coordinators that start together migrate one after the other; the later ones find nothing to do. */
async function migrateAlone(url: string): Promise<void> {
  const client = connect(url, 1)
  try {
    await client`select pg_advisory_lock(${LOCKS.migrations})`
    await migrate(drizzle({ client }), { migrationsFolder: migrationsFolder() })
  } finally {
    // The lock belongs to the connection and goes with it.
    await client.end({ timeout: CLOSE_DEADLINE_S })
  }
}

function connect(url: string, connections: number): postgres.Sql {
  return postgres(url, {
    max: connections,
    connect_timeout: CONNECT_DEADLINE_S,
    connection: { application_name: 'tacit', statement_timeout: STATEMENT_DEADLINE_MS },
    onnotice: () => {},
  })
}
