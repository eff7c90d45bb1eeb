import type { Manifest } from '@tacit/shared/model'
import type { RoundMetrics } from '@tacit/shared/update'
import { sql } from 'drizzle-orm'
import {
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'

const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' })
const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' })

/** Bytes by their SHA-256: parts of models, server state, catalogues. Equal bytes are stored once. */
export const blobs = pgTable('blobs', {
  hash: text('hash').primaryKey(),
  bytes: bytea('bytes').notNull(),
})

export const tasks = pgTable('tasks', {
  name: text('name').primaryKey(),
  model: text('model').notNull(),
  settings: jsonb('settings').$type<Readonly<Record<string, number>>>().notNull(),
  population: integer('population').notNull(),
  share: doublePrecision('share').notNull(),
  catalogueHash: text('catalogue_hash')
    .notNull()
    .references(() => blobs.hash),
  items: integer('items').notNull(),
  createdAt: time('created_at').notNull(),
})

/** Metrics stand here and not with the release: what a round measured outlives a pruned model. */
export const rounds = pgTable(
  'rounds',
  {
    task: text('task')
      .notNull()
      .references(() => tasks.name),
    number: integer('number').notNull(),
    roundId: text('round_id').notNull().unique(),
    state: text('state', { enum: ['running', 'released', 'aborted'] }).notNull(),
    /** Why it was aborted. */
    reason: text('reason'),
    devices: integer('devices').notNull(),
    survivors: integer('survivors'),
    metrics: jsonb('metrics').$type<RoundMetrics>(),
    startedAt: time('started_at').notNull(),
    endedAt: time('ended_at'),
  },
  (table) => [
    primaryKey({ columns: [table.task, table.number] }),
    check('rounds_state', sql`${table.state} in ('running', 'released', 'aborted')`),
    check('rounds_reason', sql`(${table.state} = 'aborted') = (${table.reason} is not null)`),
  ],
)

/** Round 0 is the initial model: no round made it. */
export const releases = pgTable(
  'releases',
  {
    task: text('task')
      .notNull()
      .references(() => tasks.name),
    round: integer('round').notNull(),
    modelHash: text('model_hash').notNull(),
    manifest: jsonb('manifest').$type<Manifest>().notNull(),
    stateManifest: jsonb('state_manifest').$type<Manifest>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.task, table.round] })],
)

/** Which blobs a release names, and whether devices may fetch them. */
export const releaseParts = pgTable(
  'release_parts',
  {
    task: text('task').notNull(),
    round: integer('round').notNull(),
    audience: text('audience', { enum: ['public', 'server'] }).notNull(),
    hash: text('hash')
      .notNull()
      .references(() => blobs.hash),
  },
  (table) => [
    primaryKey({ columns: [table.task, table.round, table.audience, table.hash] }),
    foreignKey({
      columns: [table.task, table.round],
      foreignColumns: [releases.task, releases.round],
    }).onDelete('cascade'),
    index('release_parts_hash').on(table.hash),
  ],
)
