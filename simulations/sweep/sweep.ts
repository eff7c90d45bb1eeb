import { join, resolve } from 'node:path'
import { canonicalJson, type Json } from '@tacit/shared/bytes'
import { simulateCommandOf, writeReport } from '../report/index.js'
import { dataFilesOf } from '../runs/data-files.js'
import type { Axis } from './axis.js'
import { type Asked, type Plan, type PlannedRun, planOf } from './plan.js'
import { type Carrying, type NamedJob, runAll } from './run-all.js'
import { otherRun, type RunState, stateOf } from './state.js'
import { grownAxes, type SweepDocument, SweepFolder } from './sweep-folder.js'

/** One run of a sweep, and how far it is. */
export interface SweptRun extends PlannedRun {
  readonly dir: string
  readonly state: RunState
  /** The same run without the sweep. */
  readonly command: string
}

/** A sweep that may be carried out. */
export interface Sweep {
  readonly folder: SweepFolder
  readonly document: SweepDocument
  readonly axes: readonly Axis[]
  readonly runs: readonly SweptRun[]
}

export interface FailedRun {
  readonly name: string
  readonly problem: string
  /** Of the catalogue. */
  readonly code: string | null
}

export interface SweepOutcome {
  readonly failed: readonly FailedRun[]
  /** Runs that have a result now. */
  readonly finished: number
}

/**
 * What a sweep would do: nothing is written yet. Where the folder holds the sweep already, its runs keep their names,
 * and values that are new add runs.
 * @throws TACIT_SWEEP_CHANGED, TACIT_RUN_EXISTS, TACIT_RUN_DAMAGED, and what options and data throw
 */
export async function sweepOf(dir: string, asked: Asked): Promise<Sweep> {
  const folder = new SweepFolder(dir)
  folder.refuseRun()
  const plan = planOf(asked)
  const now = await documentOf(plan)
  const before = folder.document
  const axes = before ? grownAxes(dir, before, now) : asked.axes
  const { runs } = before ? planOf({ ...asked, axes }) : plan
  return { folder, document: { ...now, axes }, axes, runs: runs.map((run) => sweptRun(folder, run)) }
}

async function documentOf({ base, axes }: Plan): Promise<SweepDocument> {
  return { schema: 1, base, files: await dataFilesOf(base), axes }
}

function sweptRun(folder: SweepFolder, run: PlannedRun): SweptRun {
  const dir = join(folder.dir, run.name)
  return { ...run, dir, command: simulateCommandOf(run.values), state: stateOf(folder.run(run.name)) }
}

/**
 * Carries out what is left to do of a sweep.
 * @throws TACIT_RUN_IN_USE, TACIT_RUN_UNWRITABLE, TACIT_SWEEP_CHANGED
 */
export async function carryOut(sweep: Sweep, carrying: Carrying): Promise<SweepOutcome> {
  const { folder, document } = sweep
  const lock = await folder.lock()
  try {
    // Another process may have been quicker.
    const there = folder.document
    if (there) grownAxes(folder.dir, there, document)
    if (!there || !isSame(there, document)) folder.document = document
    return await carryOutLocked(sweep, carrying)
  } finally {
    await lock.release()
  }
}

function isSame(a: SweepDocument, b: SweepDocument): boolean {
  return canonicalJson(a as unknown as Json) === canonicalJson(b as unknown as Json)
}

async function carryOutLocked({ folder, runs }: Sweep, carrying: Carrying): Promise<SweepOutcome> {
  const failed: FailedRun[] = []
  const fail = (name: string, problem: string, code: string | null) => {
    failed.push({ name, problem, code })
    carrying.onEnd?.(name, { kind: 'failed', problem, code })
  }
  const jobs: NamedJob[] = []
  for (const run of runs) {
    const other = otherRun(folder.run(run.name), run.values)
    if (other) fail(run.name, `its folder holds another run: ${other}`, 'TACIT_RUN_CHANGED')
    else if (run.state !== 'finished') jobs.push({ name: run.name, job: jobOf(run) })
    // It was killed between the result and its report.
    else if (!folder.hasReport(run.name)) writeReport(run.dir)
  }
  const ended = await runAll(jobs, carrying)
  for (const [name, outcome] of ended) {
    if (outcome.kind === 'failed') failed.push({ name, problem: outcome.problem, code: outcome.code })
  }
  const order = runs.map(({ name }) => name)
  return {
    failed: failed.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name)),
    finished: runs.filter(({ name }) => stateOf(folder.run(name)) === 'finished').length,
  }
}

function jobOf({ dir, values, command }: SweptRun): NamedJob['job'] {
  return { dir: resolve(dir), values, commandLine: command }
}
