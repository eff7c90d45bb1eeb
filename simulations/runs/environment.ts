import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { readIfThere } from './files.js'
import { tacitVersion, upwards } from './version.js'

/** What a run was made with and on. Its results do not follow from it, but for Tacit's own version. */
export interface RunEnvironment {
  readonly schema: 1
  /** Version of Tacit. */
  readonly tacit: string
  readonly node: string
  readonly platform: string
  readonly cpu: { readonly model: string; readonly count: number }
  /** SHA-256 of the package-lock.json that Tacit was installed by, where there is one. */
  readonly packageLock: string | null
  /** ISO 8601. */
  readonly startedAt: string
  readonly commandLine: string
  readonly seed: number
  /** Later sittings. */
  readonly resumed: readonly {
    readonly at: string
    readonly afterRound: number
    readonly commandLine: string
  }[]
}

export function environmentOf(commandLine: string, seed: number, now: Date): RunEnvironment {
  const all = cpus()
  return {
    schema: 1,
    tacit: tacitVersion(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cpu: { model: all[0]?.model ?? 'unknown', count: all.length },
    packageLock: packageLockHash(),
    startedAt: now.toISOString(),
    commandLine,
    seed,
    resumed: [],
  }
}

function packageLockHash(): string | null {
  const file = upwards('package-lock.json')
  const bytes = file === undefined ? undefined : readIfThere(file)
  return bytes ? createHash('sha256').update(bytes).digest('hex') : null
}
