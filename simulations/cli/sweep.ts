import { availableParallelism } from 'node:os'
import { Command, Option as CommanderOption, InvalidArgumentError } from 'commander'
import { InvalidValue, type Layer, SIMULATE_OPTIONS } from '../configuration/index.js'
import type { AccuracyGoal } from '../report/index.js'
import { type Asked, type Axis, parseSeeds, parseSettings, parseVaried, type Sweep } from '../sweep/index.js'
import { flagError, numberOption, textOption, valueOption } from './flags.js'
import { metricOption, reachOption } from './goal.js'
import { commandLine, INTERRUPTED, interruptible } from './interrupt.js'
import { addOptions, simulateLayers } from './options.js'
import { SweepProgress } from './sweep-progress.js'

const HELP = `
Takes the options of simulate, too, in the same places (--config, TACIT_SIMULATE_...). Every combination of what is
listed is a run, in a folder of its own below --out and in a process of its own. The same command again goes on: runs
that are finished are left alone, those that were stopped or killed are resumed. With more values than before, runs
are added; any other change is refused. A run that fails does not stop the others.

While choosing settings, add --report validation: what is chosen by the test is no longer a test.

Examples:
  tacit sweep --data ml-100k --set factors=16,32,64 --set damping=0.5,0.7 --seeds 3 --out runs/grid
  tacit sweep --data ml-100k --vary participation=0.1,1 --vary rounds=20,40 --seeds 1,2,3 --out runs/cost
  tacit sweep --data ml-100k --vary model=ials,bpr-mf,fcf --seeds 5 --reach hr@10=0.65 --out runs/models
  tacit sweep --data ml-100k --set factors=16,32 --out runs/grid --dry-run

Exit codes: 0 done, 1 some runs failed, 2 bad flags, configuration or data, 130 interrupted.`

const { settings: _settings, out: _out, json: _json, ...BASE_OPTIONS } = SIMULATE_OPTIONS

interface Flags {
  readonly set?: readonly string[]
  readonly vary?: readonly Axis[]
  readonly seeds?: Axis
  readonly seed?: number
  readonly out: string
  readonly parallel?: number
  readonly dryRun?: true
  readonly json?: true
  readonly metric?: readonly string[]
  readonly reach?: AccuracyGoal
}

export function sweepCommand(): Command {
  const command = new Command('sweep')
    .addOption(
      new CommanderOption(
        '--set <name=value,...>',
        'settings of the model; those with several values vary. Repeat for more',
      ).argParser((text: string, before: readonly string[] = []) => [...before, text]),
    )
    .addOption(
      new CommanderOption(
        '--vary <option=value,...>',
        'an option of simulate that varies, e.g. rounds=10,20; a semicolon between values that have commas. Repeat for more',
      ).argParser((text: string, before: readonly Axis[] = []) => [
        ...before,
        checked(() => parseVaried(text)),
      ]),
    )
    .addOption(
      valueOption('--seeds <n|list>', 'seeds 1 to n, or these: 1,2,3 (default: that of --seed)', (text) =>
        checked(() => parseSeeds(text)),
      ),
    )
    .addOption(textOption('--out <dir>', 'folder of the sweep').makeOptionMandatory())
    .addOption(
      numberOption('--parallel <n>', 'runs at a time (default: processors / workers)', {
        min: 1,
        max: 256,
        integer: true,
      }),
    )
    .option('--dry-run', 'list the runs and their commands, and do nothing')
    .option(
      '--json',
      'print the comparison as one JSON object at the end, and nothing else, on standard output',
    )
    .addOption(metricOption())
    .addOption(reachOption())
    .addHelpText('after', HELP)
    .action((flags: Flags, given: Command) => sweep(flags, given))
  return addOptions(command, BASE_OPTIONS)
}

function checked<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidArgumentError(`${error.message[0]!.toUpperCase()}${error.message.slice(1)}.`)
  }
}

async function sweep(flags: Flags, command: Command): Promise<void> {
  const { sweepOf } = await import('../sweep/index.js')
  const swept = await sweepOf(flags.out, await asked(flags, command))
  if (flags.dryRun) {
    process.stdout.write(flags.json ? `${JSON.stringify(listed(swept))}\n` : listText(swept))
    return
  }
  await carryOutAndCompare(swept, flags)
}

/** @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID */
async function asked(flags: Flags, command: Command): Promise<Asked> {
  if (flags.seeds && flags.seed !== undefined) throw flagError('--seeds', 'give either --seed or --seeds')
  const { fixed, axes } = givenSettings(flags)
  const layers = await simulateLayers(command, BASE_OPTIONS)
  const varied = [...axes, ...(flags.vary ?? [])]
  const twice = varied.find(({ option }, i) => varied.findIndex((axis) => axis.option === option) < i)
  if (twice) throw flagError('--vary', `${twice.option} is given twice`)
  return {
    layers: [...layers.slice(0, -1), withSettings(layers.at(-1)!, fixed)],
    axes: [...varied, flags.seeds ?? { option: 'seed', values: [seedOf(layers)] }],
  }
}

function givenSettings({ set = [] }: Flags): ReturnType<typeof parseSettings> {
  try {
    return parseSettings(set)
  } catch (error) {
    throw error instanceof InvalidValue ? flagError('--set', error.message) : error
  }
}

function withSettings(flags: Layer, settings: Readonly<Record<string, unknown>>): Layer {
  if (Object.keys(settings).length === 0) return flags
  const places = ['settings', ...Object.keys(settings).map((name) => `settings.${name}`)]
  return {
    values: { ...flags.values, settings },
    places: new Map([
      ...flags.places,
      ...places.map((name) => [name, { from: 'flag', flag: '--set' }] as const),
    ]),
  }
}

function seedOf(layers: readonly Layer[]): unknown {
  return (
    layers.findLast(({ values }) => values.seed !== undefined)?.values.seed ?? SIMULATE_OPTIONS.seed.default
  )
}

async function carryOutAndCompare(swept: Sweep, flags: Flags): Promise<void> {
  const { runs } = swept
  const { failed, finished, interrupted } = await carryingOut(swept, flags)
  const failures = failed.map(
    ({ name, problem, code }) => `tacit: ${name} failed: ${problem}${code === null ? '' : ` (${code})`}\n`,
  )
  process.stderr.write(failures.join(''))
  if (interrupted && finished + failed.length < runs.length) {
    const again = commandLine(process.argv.slice(2))
    process.stderr.write(
      `tacit: stopped with ${finished} of ${runs.length} runs finished. To go on: ${again}\n`,
    )
    process.exitCode = INTERRUPTED
    return
  }
  await writeComparison(swept, flags)
  if (failed.length > 0) process.exitCode = 1
}

async function carryingOut(swept: Sweep, { parallel, json }: Flags) {
  const { carryOut, launchProcess } = await import('../sweep/index.js')
  const { runs, folder } = swept
  const atATime = parallel ?? Math.max(1, Math.floor(availableParallelism() / workersOf(swept)))
  const terminal = json ? process.stderr : process.stdout
  terminal.write(`${countText(swept)}, ${atATime} at a time, in ${folder.dir}\n`)
  const progress = new SweepProgress(terminal, runs.length, countOf(swept, 'finished'))
  const carry = async (signal: AbortSignal) => ({
    ...(await carryOut(swept, {
      parallel: atATime,
      signal,
      launch: launchProcess,
      pause: () => new Promise((resolve) => setTimeout(resolve, RETRY_MS)),
      onStart: (name) => progress.started(name),
      onRound: (name, done) => progress.round(name, done),
      onEnd: (name, ended) => progress.ended(name, ended),
    })),
    interrupted: signal.aborted,
  })
  return await interruptible(carry, () =>
    process.stderr.write('\ntacit: finishing the rounds under way; once more, and all of it ends at once\n'),
  )
}

async function writeComparison({ folder }: Sweep, { reach, metric, json }: Flags): Promise<void> {
  const { compareSweep } = await import('../sweep/index.js')
  const { comparisonText, renderComparison } = await import('../report/index.js')
  const comparison = compareSweep(folder, { goal: reach, metrics: metric })
  const file = folder.writeComparison(comparison, renderComparison(comparison, `Sweep ${folder.dir}`))
  const text = json ? `${JSON.stringify(comparison)}\n` : `\n${comparisonText(comparison)}\n${file}\n`
  process.stdout.write(text)
}

/** Between two tries for a run that another process holds. */
const RETRY_MS = 500

function workersOf({ runs }: Sweep): number {
  return runs[0]!.values.workers as number
}

function countOf({ runs }: Sweep, state: Sweep['runs'][number]['state']): number {
  return runs.filter((run) => run.state === state).length
}

function countText(swept: Sweep): string {
  const states = (['finished', 'to resume'] as const).filter((state) => countOf(swept, state) > 0)
  const { length } = swept.runs
  const count = `${length} ${length === 1 ? 'run' : 'runs'}`
  if (states.length === 0) return count
  return `${count} (${states.map((state) => `${countOf(swept, state)} ${state}`).join(', ')})`
}

function listed({ runs }: Sweep) {
  return { schema: 1, runs: runs.map(({ name, dir, state, command }) => ({ name, dir, state, command })) }
}

function listText(swept: Sweep): string {
  const lines = swept.runs.map(({ name, state, command }) => `${name}  ${state}\n    ${command}\n`)
  return `${countText(swept)}\n${lines.join('')}`
}
