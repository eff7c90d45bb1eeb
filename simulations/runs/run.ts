import { TacitError } from '@tacit/shared/errors'
import { MODELS, readableSettings } from '@tacit/shared/model'
import { fileLayer } from '../configuration/file.js'
import {
  datasetOf,
  decidingValues,
  type Layer,
  type Options,
  type Resolved,
  resolve,
  runValues,
  SIMULATE_OPTIONS,
  type SimulateOptions,
  simulationConfiguration,
} from '../configuration/index.js'
import {
  type Checkpoint,
  type RunHooks,
  Simulation,
  type SimulationConfiguration,
  type SimulationResult,
} from '../runner/index.js'
import { readCheckpoint, removeCheckpointsAfter, type StoredCheckpoint } from './checkpoint-file.js'
import { dataFilesOf, filesProblem, withAbsolutePaths } from './data-files.js'
import { differenceOf } from './difference.js'
import { environmentOf } from './environment.js'
import { metricsProblem, readMetrics } from './metrics-log.js'
import { writeModels } from './model-files.js'
import { Recorder } from './recorder.js'
import { RunFolder } from './run-folder.js'
import { tacitVersion } from './version.js'

/** One process's part of a run. */
export interface Sitting extends Pick<RunHooks, 'onRound' | 'signal'> {
  /** As it was typed, for the run's environment.json. */
  readonly commandLine: string
}

/**
 * Runs a simulation, and writes it to a folder where one is given.
 * @throws TACIT_RUN_EXISTS, TACIT_RUN_IN_USE, TACIT_RUN_UNWRITABLE, TACIT_RUN_INTERRUPTED once the signal is
 * aborted, and what options, data and Simulation throw
 */
export async function startRun(
  resolved: Resolved<SimulateOptions>,
  dir: string | undefined,
  sitting: Sitting,
): Promise<SimulationResult> {
  const folder = dir === undefined ? undefined : new RunFolder(dir)
  if (folder?.holdsRun) throw new TacitError('TACIT_RUN_EXISTS', { dir: folder.dir })
  const dataset = datasetOf(resolved)
  const configuration = simulationConfiguration(resolved, dataset)
  const simulation = new Simulation(dataset, configuration)
  if (!folder) return await simulation.run({ ...sitting, ...(await wireOf(configuration)) })
  return await locked(folder, async () => {
    // Another process may have been quicker.
    if (folder.holdsRun) throw new TacitError('TACIT_RUN_EXISTS', { dir: folder.dir })
    const options = optionsOf(resolved, simulation)
    const files = await dataFilesOf(options)
    folder.environment = environmentOf(sitting.commandLine, configuration.seed, new Date())
    folder.configuration = { schema: 1, options, files }
    return await carryOn({ folder, simulation, configuration, resolved, sitting })
  })
}

export interface Resumed {
  readonly result: SimulationResult
  /** There was nothing left to do. */
  readonly wasFinished: boolean
}

/**
 * Goes on with a run from its newest checkpoint, to the result that it would have had without a stop.
 * @param changes what may change: more rounds, what is only technical, and where the data are
 * @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_IN_USE, TACIT_RUN_CHANGED when it could not be the same run,
 * TACIT_RUN_DAMAGED, TACIT_RUN_INTERRUPTED, and what options, data and Simulation throw
 */
export async function resumeRun(dir: string, changes: Layer, sitting: Sitting): Promise<Resumed> {
  const folder = new RunFolder(dir)
  if (!folder.holdsRun) {
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir, problem: 'there is no configuration.json' })
  }
  return await locked(folder, () => resumeLocked(folder, changes, sitting))
}

async function resumeLocked(folder: RunFolder, changes: Layer, sitting: Sitting): Promise<Resumed> {
  const { configuration: before, environment } = folder
  const changed = (problem: string) => new TacitError('TACIT_RUN_CHANGED', { dir: folder.dir, problem })
  if (environment.tacit !== tacitVersion()) {
    throw changed(`it was made by version ${environment.tacit} of Tacit, and this is ${tacitVersion()}`)
  }
  const resolved = resolve(SIMULATE_OPTIONS, [fileLayer(SIMULATE_OPTIONS, folder.configurationFile), changes])
  const { rounds, epsilon } = resolved.values
  const stored = readCheckpoint(folder.checkpoints, ({ metrics }) =>
    metricsProblem(folder.metricsFile, metrics),
  )
  const done = stored?.round ?? 0
  if (rounds < done) throw resolved.refuse('rounds', `${done} are done already`)
  const finished = folder.result
  if (finished && rounds === before.options.rounds) return { result: finished, wasFinished: true }
  if (stored && noiseFollowsRounds(before.options) && rounds !== before.options.rounds) {
    const problem = `its noise was chosen for epsilon ${epsilon} in ${before.options.rounds} rounds, not ${rounds}`
    throw changed(`${problem}; start a new run, or one with --noise, which may become longer`)
  }

  const files = await dataFilesOf(resolved.values)
  const fileProblem = filesProblem(before.files, files)
  if (fileProblem) throw changed(fileProblem)
  const dataset = datasetOf(resolved)
  const configuration = simulationConfiguration(resolved, dataset)
  const from = stored?.restore(readMetrics(folder.metricsFile, stored.metrics.bytes))
  const simulation = new Simulation(dataset, configuration, from && { from })
  const options = optionsOf(resolved, simulation)
  const optionProblem = stored && differenceOf(stored.options, whatDecides(options))
  if (optionProblem) throw changed(optionProblem)

  folder.configuration = { ...before, options }
  const { commandLine } = sitting
  const again = { at: new Date().toISOString(), afterRound: done, commandLine }
  folder.environment = { ...environment, resumed: [...environment.resumed, again] }
  const result = await carryOn({ folder, simulation, configuration, resolved, sitting, stored, from })
  return { result, wasFinished: false }
}

interface Carrying {
  readonly folder: RunFolder
  readonly simulation: Simulation
  readonly configuration: SimulationConfiguration
  readonly resolved: Resolved<SimulateOptions>
  readonly sitting: Sitting
  readonly stored?: StoredCheckpoint | undefined
  readonly from?: Checkpoint | undefined
}

async function carryOn(run: Carrying): Promise<SimulationResult> {
  const { folder, simulation, configuration, resolved, sitting, stored } = run
  // What is left of others, such as a newer one that turned out to be damaged, must not come back.
  removeCheckpointsAfter(folder.checkpoints, stored?.round ?? 0)
  const recorder = new Recorder(folder, {
    options: whatDecides(folder.configuration.options),
    rounds: configuration.rounds,
    everyMs: resolved.values.checkpointEvery * 1000,
    from: stored?.metrics,
    signal: sitting.signal,
    now: () => performance.now(),
  })
  let last = run.from
  const keep = (checkpoint: Checkpoint) => {
    last = checkpoint
    recorder.keep(checkpoint)
  }
  const writeLast = () => last && writeModels(folder.models, modelsOf(simulation, last))
  try {
    const result = await simulation.run({ ...sitting, keep, ...(await wireOf(configuration)) })
    writeLast()
    // Last of all: a run with a result is whole.
    folder.result = result
    return result
  } catch (error) {
    if (error instanceof TacitError && error.code === 'TACIT_RUN_INTERRUPTED') writeLast()
    throw error
  } finally {
    recorder.close()
  }
}

function modelsOf(simulation: Simulation, { records, state, best }: Checkpoint) {
  const released = records.findLast(({ outcome }) => outcome === 'released')?.round ?? 0
  const last = simulation.encode(state, released)
  return best ? { best: simulation.encode(best.state, best.record.round), last } : { last }
}

async function locked<T>(folder: RunFolder, work: () => Promise<T>): Promise<T> {
  const lock = await folder.lock()
  try {
    return await work()
  } finally {
    await lock.release()
  }
}

/** All that the run's configuration.json says, so that it holds whatever defaults become. */
function optionsOf({ values }: Resolved<SimulateOptions>, simulation: Simulation): Record<string, unknown> {
  const settings = readableSettings(MODELS.get(values.model)!, simulation.settings)
  return withAbsolutePaths(runValues(SIMULATE_OPTIONS, { ...values, settings }))
}

/** Rounds that are released already had the noise of so many: less than more of them need for the same epsilon. */
function noiseFollowsRounds({ dp, noise }: Readonly<Record<string, unknown>>): boolean {
  return dp !== undefined && noise === undefined
}

/** A run may become longer, and its files may move: those are known by their hashes. */
function whatDecides(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const deciding = decidingValues(SIMULATE_OPTIONS, options)
  const isSame = ([name]: [string, unknown]) =>
    name === 'rounds' ? noiseFollowsRounds(options) : !(SIMULATE_OPTIONS as Options)[name]!.isFile
  return Object.fromEntries(Object.entries(deciding).filter(isSame))
}

/** Only the wire needs sockets, a server and device threads: they are loaded when it is asked for. */
async function wireOf({ transport }: SimulationConfiguration): Promise<Pick<RunHooks, 'wire'>> {
  if (transport !== 'wire') return {}
  const { wireTransport } = await import('../runner/wire-transport.js')
  return { wire: wireTransport }
}
