import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { type Options, SIMULATE_OPTIONS } from '../configuration/index.js'
import { type AccuracyGoal, type Comparison, compareRuns, type RunData } from '../report/index.js'
import { readRun } from '../runs/read-run.js'
import { RunFolder } from '../runs/run-folder.js'
import { settingOf } from './axis.js'
import { cellsOf } from './grid.js'
import { type SweepDocument, SweepFolder } from './sweep-folder.js'

const OPTIONS: Options = SIMULATE_OPTIONS

export interface Wanted {
  /** Adds what it took to reach it. */
  readonly goal?: AccuracyGoal | undefined
  /** Keys of measures to show first, e.g. `full.hr@10`; without: HR@10 and NDCG@10 of both rankings. */
  readonly metrics?: readonly string[] | undefined
}

/**
 * The runs of some folders side by side. A folder is a run, a sweep, or one with runs directly below it.
 * @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_DAMAGED, TACIT_FLAG_INVALID for a metric that no run has
 */
export function compareFolders(dirs: readonly string[], wanted: Wanted): Comparison {
  const [sweep] = dirs.map((dir) => new SweepFolder(dir))
  if (dirs.length === 1 && sweep!.document) return compareSweep(sweep!, wanted)
  const runs = dirs.flatMap((dir) => runsOf(dir, dirs.length > 1))
  return comparisonOf(runs, wanted)
}

function comparisonOf(runs: readonly RunData[], { goal, metrics }: Wanted): Comparison {
  const ignored = Object.keys(OPTIONS).filter((name) => OPTIONS[name]!.isOnlyTechnical)
  const comparison = compareRuns(named(runs), { ignored, ...(goal && { goal }) })
  return metrics ? withMetrics(comparison, metrics) : comparison
}

/** Compares the runs of a sweep that have begun. @throws TACIT_RUN_DAMAGED, TACIT_FLAG_INVALID */
export function compareSweep(folder: SweepFolder, wanted: Wanted): Comparison {
  return comparisonOf(withinSweep(folder.document!, readSweep(folder)), wanted)
}

function readSweep(folder: SweepFolder): RunData[] {
  const names = cellsOf(folder.document!.axes).map(({ name }) => name)
  return names.filter((name) => folder.run(name).holdsRun).map((name) => readRun(join(folder.dir, name)))
}

/** By what the sweep varies alone: whatever else differs, such as a default that depends on it, follows from it. */
function withinSweep({ axes }: SweepDocument, runs: readonly RunData[]): RunData[] {
  return runs.map(({ configuration, ...run }) => {
    const settings = axes.flatMap((axis) => settingOf(axis) ?? [])
    const options = axes.filter((axis) => settingOf(axis) === undefined).map(({ option }) => option)
    return {
      ...run,
      configuration: {
        settings: picked(configuration.settings, settings),
        ...picked(configuration, options),
        // A run of a sweep may have been made longer since: then it is no replicate of the others.
        rounds: configuration.rounds,
        files: configuration.files,
      },
    }
  })
}

function picked(values: unknown, names: readonly string[]): Record<string, unknown> {
  const all = (values ?? {}) as Readonly<Record<string, unknown>>
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}

function runsOf(dir: string, amongOthers: boolean): RunData[] {
  if (new RunFolder(dir).holdsRun) return [readRun(dir)]
  const sweep = new SweepFolder(dir)
  const runs = sweep.document ? readSweep(sweep) : runsBelow(dir)
  if (runs.length === 0) {
    const problem = 'there is no configuration.json, no sweep.json with runs, and no run directly below'
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir, problem })
  }
  // Two sweeps may have a seed-1 each.
  const above = basename(resolve(dir))
  return amongOthers ? runs.map((run) => ({ ...run, name: `${above}/${run.name}` })) : runs
}

function runsBelow(dir: string): RunData[] {
  return foldersIn(dir)
    .map((name) => join(dir, name))
    .filter((path) => new RunFolder(path).holdsRun)
    .map(readRun)
}

function foldersIn(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true })
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort()
  } catch {
    return []
  }
}

/**
 * Files go by their names: the same content is one file wherever it is, and of two that share a name the second gets
 * its hash.
 */
function named(runs: readonly RunData[]): RunData[] {
  const byContent = new Map<string, string>()
  return runs.map((run) => {
    const { files, ...configuration } = run.configuration
    const renamed = Object.entries(configuration).map(([option, value]) => {
      const content = contentOf(option, files)
      if (content === undefined || typeof value !== 'string') return [option, value]
      const taken = [...byContent].some(([other, name]) => other !== content && name === basename(value))
      const name = taken ? `${basename(value)} (${shortHash(content)})` : basename(value)
      if (!byContent.has(content)) byContent.set(content, name)
      return [option, byContent.get(content)]
    })
    return { ...run, configuration: Object.fromEntries(renamed) }
  })
}

/** What the files of an option hold, whatever they are called; undefined where it names none. */
function contentOf(option: string, files: unknown): string | undefined {
  const own = Object.entries((files ?? {}) as Readonly<Record<string, string>>).filter(([file]) =>
    file.startsWith(`${option}/`),
  )
  return own.length === 0 ? undefined : JSON.stringify([option, ...own.map(([, sha256]) => sha256).sort()])
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}

function withMetrics(comparison: Comparison, metrics: readonly string[]): Comparison {
  const keys = comparison.measures.filter(({ unit }) => unit === 'metric').map(({ key }) => key)
  const chosen = new Set(metrics.flatMap((metric) => keysOf(metric, keys)))
  const measures = comparison.measures.map((measure) =>
    measure.unit === 'metric' ? { ...measure, main: chosen.has(measure.key) } : measure,
  )
  return { ...comparison, measures }
}

/** `hr@20` is that of both rankings. */
function keysOf(metric: string, keys: readonly string[]): string[] {
  const found = keys.filter((key) => key === metric || key.slice(key.indexOf('.') + 1) === metric)
  if (found.length > 0 || keys.length === 0) return found
  const problem = `no run has ${metric}; there are: ${keys.join(', ')}`
  throw new TacitError('TACIT_FLAG_INVALID', { flag: '--metric', problem })
}
