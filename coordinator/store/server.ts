import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import postgres from 'postgres'
import { Claims } from './claims.js'
import { Database, LOCKS, migrationsFolder, reported } from './database.js'

const CONNECTIONS = 4
const CONNECT_DEADLINE_S = 10
const STATEMENT_DEADLINE_MS = 60_000
const CLOSE_DEADLINE_S = 5
/** The server notices within 25 s that a machine is gone, and gives free the tasks that it ran. */
const KEEP_ALIVE = { tcp_keepalives_idle: 10, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 }

/** A PostgreSQL server, by its URL. */
export async function openServer(url: string): Promise<Database> {
  await reported(() => migrateAlone(url))
  const client = connect(url, CONNECTIONS)
  // The client's default is to change connections every half hour or so.
  const claims = new Claims(connect(url, 1, { max_lifetime: null }))
  const disconnect = async () => {
    await client.end({ timeout: CLOSE_DEADLINE_S })
    await claims.close(CLOSE_DEADLINE_S)
  }
  return new Database(drizzle({ client }), disconnect, claims)
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

function connect(url: string, connections: number, options: { max_lifetime?: null } = {}): postgres.Sql {
  return postgres(url, {
    max: connections,
    connect_timeout: CONNECT_DEADLINE_S,
    connection: { application_name: 'tacit', statement_timeout: STATEMENT_DEADLINE_MS, ...KEEP_ALIVE },
    onnotice: () => {},
    ...options,
  })
}
