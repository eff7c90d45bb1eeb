import type { SimulationResult } from '../../runner/index.js'
import { flatten } from '../flatten.js'
import { shown } from '../format.js'
import { leakOf, protocolKey, protocolText } from '../protocol.js'
import type { RunData } from '../run-data.js'

export type FinishedRun = RunData & { readonly result: SimulationResult }

/** Runs that differ in their seed alone. */
export interface Replicates {
  /** Of the keys that differ between groups, what this group has. */
  readonly values: Readonly<Record<string, unknown>>
  readonly runs: readonly FinishedRun[]
  readonly protocol: string
  /** Why its numbers are not honest, or null. */
  readonly leak: string | null
}

export interface Grouping {
  /** Dotted keys of the configuration that differ between groups. */
  readonly varying: readonly string[]
  readonly groups: readonly Replicates[]
  readonly notes: readonly Note[]
}

export interface Note {
  /** Loud: whoever does not read it is misled. */
  readonly loud: boolean
  readonly text: string
}

/** Groups runs in the order of their first. @param ignored dotted keys that make no difference besides `seed` */
export function grouping(runs: readonly RunData[], ignored: readonly string[] = []): Grouping {
  const finished = runs.filter((run): run is FinishedRun => run.result !== null)
  const byKey = new Map<string, FinishedRun[]>()
  const leaves = new Map(finished.map((run) => [run, settingsOf(run, ignored)]))
  for (const run of finished) {
    const key = JSON.stringify([protocolKey(run.result), [...leaves.get(run)!].sort(byName)])
    byKey.set(key, [...(byKey.get(key) ?? []), run])
  }
  const groups = [...byKey.values()]
  const varying = differing(groups.map(([first]) => leaves.get(first!)!))
  const once = groups.map(oncePerSeed)
  return {
    varying,
    groups: once.map(({ kept }) => ({
      values: Object.fromEntries(varying.map((key) => [key, leaves.get(kept[0]!)!.get(key)])),
      runs: kept,
      protocol: protocolText(kept[0]!.result),
      leak: leakOf(kept[0]!.result),
    })),
    notes: [...unfinished(runs), ...once.flatMap(({ notes }) => notes)],
  }
}

function settingsOf(run: RunData, ignored: readonly string[]): Map<string, unknown> {
  return new Map([...flatten(run.configuration)].filter(([key]) => key !== 'seed' && !ignored.includes(key)))
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function differing(groups: readonly ReadonlyMap<string, unknown>[]): string[] {
  const keys = [...new Set(groups.flatMap((group) => [...group.keys()]))]
  const valuesOf = (key: string, of = groups) => new Set(of.map((group) => shown(group.get(key)))).size
  const modelsVary = valuesOf('model') > 1
  const open = groups.filter((group) => !group.has('dp'))
  return keys.filter((key) => {
    // Nor does what only runs with differential privacy have, beside that they have it.
    const ofPrivacy = key !== 'dp' && open.length > 0 && !open.some((group) => group.has(key))
    if (ofPrivacy)
      return (
        valuesOf(
          key,
          groups.filter((group) => group.has('dp')),
        ) > 1
      )
    // A setting that one model has and another has not says nothing beside the model, unless it varies by itself.
    const own = modelsVary && key.startsWith('settings.') ? groups.filter((group) => group.has(key)) : groups
    return valuesOf(key, own) > 1
  })
}

/** A seed decides a run to the bit: the same one again is no second observation. */
function oncePerSeed(runs: readonly FinishedRun[]): { kept: FinishedRun[]; notes: Note[] } {
  const bySeed = new Map<number, FinishedRun>()
  const notes: Note[] = []
  for (const run of runs) {
    const first = bySeed.get(run.result.seed)
    if (!first) {
      bySeed.set(run.result.seed, run)
      continue
    }
    const same = first.result.modelHash === run.result.modelHash
    const says = same
      ? 'and the same model: it is counted once.'
      : 'but ANOTHER MODEL: one of them cannot be repeated. Only the first is counted; compare their environments.'
    notes.push({
      loud: !same,
      text: `${run.name} has the same configuration and seed ${run.result.seed} as ${first.name}, ${says}`,
    })
  }
  return { kept: [...bySeed.values()], notes }
}

function unfinished(runs: readonly RunData[]): Note[] {
  const names = runs.filter(({ result }) => result === null).map(({ name }) => name)
  return names.length === 0 ? [] : [{ loud: false, text: `Not finished, and left out: ${names.join(', ')}.` }]
}
