import type { PrivacyEvent } from '@tacit/shared/dp'
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
  unique,
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

/** What a task may spend, and in what time. A task without a row here releases without differential privacy. */
export const budgets = pgTable(
  'budgets',
  {
    task: text('task')
      .primaryKey()
      .references(() => tasks.name),
    epsilon: doublePrecision('epsilon').notNull(),
    delta: doublePrecision('delta').notNull(),
    /** Days from `createdAt` on after which a new period begins, with nothing spent; null: it never does. */
    periodDays: doublePrecision('period_days'),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    check('budgets_epsilon', sql`${table.epsilon} > 0 and ${table.epsilon} < 'Infinity'`),
    check('budgets_delta', sql`${table.delta} > 0 and ${table.delta} < 1`),
    check('budgets_period', sql`${table.periodDays} > 0`),
  ],
)

/** Who changed a budget, when and why; the first row of a task is how it began. */
export const budgetChanges = pgTable('budget_changes', {
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  task: text('task')
    .notNull()
    .references(() => budgets.task),
  who: text('who').notNull(),
  why: text('why').notNull(),
  /** Null of the first. */
  oldEpsilon: doublePrecision('old_epsilon'),
  newEpsilon: doublePrecision('new_epsilon').notNull(),
  changedAt: time('changed_at').notNull(),
})

/** What rounds have spent. A row is never deleted nor changed: what was learnt stays learnt. */
export const charges = pgTable(
  'charges',
  {
    /** The round's id, which no other round ever has. */
    id: text('id')
      .primaryKey()
      .references(() => rounds.roundId),
    task: text('task')
      .notNull()
      .references(() => budgets.task),
    round: integer('round').notNull(),
    /** Of the budget, from 0. */
    period: integer('period').notNull(),
    /** What those learn who see releases. */
    event: jsonb('event').$type<PrivacyEvent>().notNull(),
    /** What the coordinator learns of a device that takes part; null where nothing protects from it. */
    guardedEvent: jsonb('guarded_event').$type<PrivacyEvent>(),
    /** Spent in the period when this was charged, it included. */
    epsilon: doublePrecision('epsilon').notNull(),
    chargedAt: time('charged_at').notNull(),
  },
  (table) => [
    unique('charges_task_round').on(table.task, table.round),
    unique('charges_id_task_round').on(table.id, table.task, table.round),
    foreignKey({ columns: [table.task, table.round], foreignColumns: [rounds.task, rounds.number] }),
    index('charges_task_period').on(table.task, table.period),
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
    /** That was made for its round before the sum was opened; of a round without differential privacy there is none. */
    charge: text('charge').unique(),
    modelHash: text('model_hash').notNull(),
    manifest: jsonb('manifest').$type<Manifest>().notNull(),
    stateManifest: jsonb('state_manifest').$type<Manifest>().notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.task, table.round] }),
    foreignKey({
      name: 'releases_charge',
      columns: [table.charge, table.task, table.round],
      foreignColumns: [charges.id, charges.task, charges.round],
    }),
  ],
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
