import { flatten, isRecord } from './flatten.js'
import { shown } from './format.js'
import { printable } from './html.js'
import type { RunData } from './run-data.js'

/** Settings of the configuration that a flag of `tacit simulate` is spelt otherwise for. */
const FLAGS: Readonly<Record<string, string>> = {
  data: '--data',
  devices: '--devices',
  model: '--model',
  rounds: '--rounds',
  participation: '--participation',
  cohort: '--cohort',
  seed: '--seed',
  workers: '--workers',
  transport: '--transport',
  secureSum: '--secure-sum',
  dropout: '--dropout',
  latencyMs: '--latency',
  blockRows: '--block',
}

const MASKING: Readonly<Record<string, string>> = {
  coordinator: '--coordinator',
  adversarial: '--adversarial',
  dropout: '--assumed-dropout',
}

/** A command that repeats a run, and the settings that it cannot say. */
export interface Reproduction {
  readonly command: string
  readonly missing: readonly string[]
}

/** The run's own command where its environment has one, else one made of the resolved configuration. */
export function reproduction(run: RunData): Reproduction {
  const own = run.environment.command
  if (own) return { command: printable(own), missing: [] }
  const words = ['tacit', 'simulate']
  const missing: string[] = []
  for (const [key, value] of Object.entries(run.configuration)) {
    const flag = FLAGS[key]
    if (value === null || value === undefined) continue
    if (flag !== undefined && !isRecord(value)) words.push(flag, quoted(shown(value)))
    else if (key === 'settings') words.push(...settings(value))
    else if (key === 'masking')
      words.push(...(run.configuration.secureSum === 'masked' ? masking(value) : []))
    else missing.push(...leavesOf(key, value))
  }
  return { command: words.join(' '), missing }
}

function settings(value: unknown): string[] {
  return [...flatten(value)].flatMap(([key, leaf]) => ['--set', quoted(`${key}=${shown(leaf)}`)])
}

function masking(value: unknown): string[] {
  return [...flatten(value)].flatMap(([key, leaf]) =>
    MASKING[key] === undefined ? [] : [MASKING[key], quoted(shown(leaf))],
  )
}

function leavesOf(key: string, value: unknown): string[] {
  return isRecord(value)
    ? [...flatten(value, key)].map(([path, leaf]) => `${path}=${shown(leaf)}`)
    : [`${key}=${shown(value)}`]
}

/** For a POSIX shell: a value never ends its word. */
function quoted(value: string): string {
  const text = printable(value)
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
