import { decidingValues, type Options, SIMULATE_OPTIONS, type Values } from '../configuration/index.js'
import { differenceOf } from '../runs/difference.js'
import type { RunFolder } from '../runs/run-folder.js'

/** What is to be done about a run. */
export type RunState = 'to start' | 'to resume' | 'finished'

/**
 * How far a run of a sweep is, by its folder.
 * @throws TACIT_RUN_DAMAGED
 */
export function stateOf(folder: RunFolder): RunState {
  if (!folder.holdsRun) return 'to start'
  return folder.result ? 'finished' : 'to resume'
}

/**
 * In what the run of a folder is not the one that the sweep means, if anything: somebody may have made it longer, or
 * put another there.
 */
export function otherRun(folder: RunFolder, values: Values): string | undefined {
  if (!folder.holdsRun) return undefined
  const { options } = folder.configuration
  const wanted = Object.entries(decidingValues(SIMULATE_OPTIONS, values)).filter(([name]) => !isFile(name))
  for (const [name, value] of wanted) {
    // A run says all settings of its model, a sweep those that are given.
    const was = name === 'settings' ? only(Object.keys(value as object), options.settings) : options[name]
    const problem = differenceOf({ [name]: was }, { [name]: value })
    if (problem) return problem
  }
  return undefined
}

function isFile(name: string): boolean {
  return (SIMULATE_OPTIONS as Options)[name]!.isFile === true
}

function only(names: readonly string[], settings: unknown): Record<string, unknown> {
  const all = (settings ?? {}) as Readonly<Record<string, unknown>>
  return Object.fromEntries(names.map((name) => [name, all[name]]))
}
