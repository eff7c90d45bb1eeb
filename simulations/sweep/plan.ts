import { TacitError } from '@tacit/shared/errors'
import { MODELS, readableSettings } from '@tacit/shared/model'
import {
  decidingValues,
  flagOf,
  type Layer,
  type Options,
  type Place,
  type Resolved,
  resolve,
  runValues,
  SIMULATE_OPTIONS,
  type SimulateOptions,
  type Values,
} from '../configuration/index.js'
import { settingsOf } from '../configuration/settings.js'
import { withAbsolutePaths } from '../runs/data-files.js'
import { type Axis, settingOf } from './axis.js'
import { type Cell, cellsOf, sizeOf } from './grid.js'

const OPTIONS: Options = SIMULATE_OPTIONS

/** Each is a process and a folder. */
const MOST_RUNS = 10_000

/** What was asked for. */
export interface Asked {
  /** Weaker places first: what all runs have in common. The last layer is that of the flags. */
  readonly layers: readonly Layer[]
  readonly axes: readonly Axis[]
}

/** One run, ready to go. */
export interface PlannedRun extends Cell {
  /** Of every option that has one; paths are absolute. */
  readonly values: Values
}

export interface Plan {
  readonly axes: readonly Axis[]
  /** What decides the runs and is the same in all of them: what was given, and plain defaults. */
  readonly base: Values
  readonly runs: readonly PlannedRun[]
}

/**
 * Every run of a sweep, its values checked as far as that goes without the data.
 * @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID
 */
export function planOf({ layers, axes }: Asked): Plan {
  const size = sizeOf(axes)
  if (size > MOST_RUNS) {
    const problem = `these are ${size} runs, more than ${MOST_RUNS}`
    throw new TacitError('TACIT_FLAG_INVALID', { flag: '--set, --vary, --seeds', problem })
  }
  const planned = cellsOf(axes).map((cell) => {
    const resolved = resolve(SIMULATE_OPTIONS, layersOf(layers, axes, cell))
    return { cell, resolved, values: valuesOf(resolved) }
  })
  const [first] = planned
  return {
    axes,
    base: baseOf(first!.resolved, first!.values, axes),
    runs: planned.map(({ cell, values }) => ({ ...cell, values })),
  }
}

/** The cell says its part in the strongest place, where nothing else may say the same. */
function layersOf(layers: readonly Layer[], axes: readonly Axis[], { at }: Cell): Layer[] {
  const flags = layers.at(-1)!
  const values: Record<string, unknown> = { ...flags.values }
  const places = new Map(flags.places)
  for (const axis of axes) {
    const setting = settingOf(axis)
    const place: Place = { from: 'flag', flag: flagOfAxis(axis) }
    if (setting !== undefined) {
      values.settings = { ...(values.settings as object), [setting]: at.get(axis.option) }
      places.set('settings', place)
      places.set(axis.option, place)
      continue
    }
    if (Object.hasOwn(values, axis.option)) throw givenTwice(axis)
    values[axis.option] = at.get(axis.option)
    places.set(axis.option, place)
  }
  return [...layers.slice(0, -1), { values, places }]
}

function flagOfAxis(axis: Axis): string {
  if (settingOf(axis) !== undefined) return '--set'
  return axis.option === 'seed' ? '--seeds' : `--vary ${axis.option}`
}

function givenTwice(axis: Axis): TacitError {
  const flag = `--${flagOf(axis.option, OPTIONS[axis.option]!)}`
  return new TacitError('TACIT_FLAG_INVALID', { flag, problem: `give either it or ${flagOfAxis(axis)}` })
}

/** Choices of settings by their names, so that a run's own configuration says the same. */
function valuesOf(resolved: Resolved<SimulateOptions>): Values {
  const { values } = resolved
  const settings = readableSettings(MODELS.get(values.model)!, settingsOf(resolved))
  return withAbsolutePaths(runValues(OPTIONS, { ...values, settings }))
}

function baseOf({ places }: Resolved<SimulateOptions>, values: Values, axes: readonly Axis[]): Values {
  const varied = new Set(axes.map(({ option }) => option))
  const isOwn = (name: string) =>
    !varied.has(name) && (OPTIONS[name]!.default !== undefined || places.get(name)?.from !== 'default')
  const own = Object.entries(decidingValues(OPTIONS, values)).filter(([name]) => isOwn(name))
  const base = Object.fromEntries(own)
  const settings = Object.entries((base.settings ?? {}) as object).filter(
    ([name]) => !varied.has(`settings.${name}`),
  )
  return { ...base, settings: Object.fromEntries(settings) }
}
