import { basename, resolve } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import type { RunData } from '../report/run-data.js'
import type { RunEnvironment } from './environment.js'
import { readMetrics } from './metrics-log.js'
import { RunFolder } from './run-folder.js'

/**
 * A run's folder, read, also while the run goes on or after it was stopped.
 * @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_DAMAGED
 */
export function readRun(dir: string): RunData {
  const folder = new RunFolder(dir)
  if (!folder.holdsRun) {
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir, problem: 'there is no configuration.json' })
  }
  const { options, files } = folder.configuration
  const hashes = Object.fromEntries(files.map(({ option, name, sha256 }) => [`${option}/${name}`, sha256]))
  return {
    name: basename(resolve(dir)),
    configuration: { ...options, ...(files.length > 0 && { files: hashes }) },
    environment: environmentTexts(folder.environment),
    result: folder.result ?? null,
    rounds: readMetrics(folder.metricsFile),
  }
}

function environmentTexts(environment: RunEnvironment): Record<string, string> {
  const { tacit, node, platform, cpu, packageLock, startedAt, commandLine, seed, resumed } = environment
  return {
    tacit,
    node,
    platform,
    cpu: `${cpu.count} x ${cpu.model}`,
    'package-lock.json': packageLock ?? 'not found',
    started: startedAt,
    command: commandLine,
    seed: String(seed),
    ...(resumed.length > 0 && {
      resumed: resumed.map(({ at, afterRound }) => `${at} after round ${afterRound}`).join(', '),
    }),
  }
}
