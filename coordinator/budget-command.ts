import { userInfo } from 'node:os'
import { TacitError } from '@tacit/shared/errors'
import { Command } from 'commander'
import { type BudgetChangeRecord, type BudgetState, holdsDatabase, openStore } from './store/index.js'

const HELP = `
An embedded database is open to one process at a time: stop the coordinator first. With DATABASE_URL it need not be
stopped; it finds the new budget within a minute.

Examples:
  tacit-coordinator budget --task homepage --show
  tacit-coordinator budget --task homepage --epsilon 10 --reason "approved by the privacy board, minutes 42"`

interface Flags {
  readonly task: string
  readonly show?: boolean
  readonly epsilon?: string
  readonly reason?: string
  readonly dataDir: string
}

/** `tacit-coordinator budget`: what a task may spend, who changed it and why; or to change it. */
export function budgetCommand(): Command {
  return new Command('tacit-coordinator budget')
    .description('show or change the privacy budget of a task')
    .requiredOption('--task <name>', 'the task')
    .option('--show', 'print the budget, what was spent of it, and every change')
    .option('--epsilon <e>', 'what a period may spend from now on, the present one included')
    .option('--reason <text>', 'why; kept for good, with who and when')
    .option('--data-dir <dir>', 'folder of the embedded database', '.tacit/coordinator')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action(run)
}

async function run(flags: Flags): Promise<void> {
  const change = changeOf(flags)
  const { task, dataDir } = flags
  const databaseUrl = process.env.DATABASE_URL || undefined
  // Opening it would make one.
  if (databaseUrl === undefined && !holdsDatabase(dataDir))
    throw invalid('--data-dir', `no coordinator has kept anything in ${dataDir}`)
  const store = await openStore({ dataDir, databaseUrl, clock: () => new Date() })
  try {
    const known = await store.taskNames()
    if (!known.includes(task)) throw invalid('--task', unknownTask(task, known))
    if (change) await store.changeBudget(task, change.epsilon, { who: userInfo().username, why: change.why })
    const state = await store.budget(task)
    if (!state) throw new TacitError('TACIT_BUDGET_MISSING', { task })
    process.stdout.write(document(task, state, await store.budgetChanges(task)))
  } finally {
    await store.close()
  }
}

function unknownTask(task: string, known: readonly string[]): string {
  return `no task is called ${task}; ${known.length === 0 ? 'there is none' : `there are: ${known.join(', ')}`}`
}

/** Undefined where the budget is only to be shown. @throws TACIT_FLAG_INVALID */
function changeOf({ show, epsilon, reason }: Flags): { epsilon: number; why: string } | undefined {
  if (epsilon === undefined) {
    if (reason !== undefined) throw invalid('--reason', 'it goes with --epsilon')
    if (!show) throw invalid('--show', 'it is wanted, or --epsilon and --reason')
    return undefined
  }
  if (show) throw invalid('--show', 'it does not go with --epsilon, which shows the new budget anyway')
  const value = epsilon.trim() === '' ? Number.NaN : Number(epsilon)
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw invalid('--epsilon', 'a number above 0 is expected')
  const why = reason?.trim()
  if (!why) throw invalid('--reason', 'it is wanted: why the budget is changed')
  return { epsilon: value, why }
}

function document(task: string, state: BudgetState, changes: readonly BudgetChangeRecord[]): string {
  const { events, ...budget } = state
  const rounds = events.reduce((sum, event) => sum + event.rounds, 0)
  return `${JSON.stringify({ task, ...budget, rounds, changes }, undefined, 2)}\n`
}

function invalid(flag: string, problem: string): TacitError {
  return new TacitError('TACIT_FLAG_INVALID', { flag, problem })
}
