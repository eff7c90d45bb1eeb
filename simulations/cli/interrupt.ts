import { codeOf, type TacitError } from '@tacit/shared/errors'
import type { SimulationResult } from '../runner/index.js'

/** What a shell says of a process that was interrupted. */
export const INTERRUPTED = 130

/**
 * Lets SIGINT and SIGTERM stop work at its next stop: the signal is aborted. A second one ends the process at once.
 * @param told called at the first one
 */
export async function interruptible<T>(
  work: (signal: AbortSignal) => Promise<T>,
  told: () => void,
): Promise<T> {
  const stop = new AbortController()
  const heard = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED)
    stop.abort()
    told()
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  try {
    return await work(stop.signal)
  } finally {
    process.off('SIGINT', heard)
    process.off('SIGTERM', heard)
  }
}

/**
 * Runs what keeps its state in a folder; on an interruption says how to go on, and sets the exit code.
 * @returns undefined when interrupted
 */
export async function resumable(
  dir: string,
  work: (signal: AbortSignal) => Promise<SimulationResult>,
): Promise<SimulationResult | undefined> {
  const told = () =>
    process.stderr.write('\ntacit: finishing the round under way; once more, and it ends at once\n')
  try {
    return await interruptible(work, told)
  } catch (error) {
    if (codeOf(error) !== 'TACIT_RUN_INTERRUPTED') throw error
    const { round, rounds } = (error as TacitError).details
    process.stderr.write(
      `tacit: stopped after round ${round} of ${rounds}. To go on: tacit resume ${shellWord(dir)}\n`,
    )
    process.exitCode = INTERRUPTED
    return undefined
  }
}

/** A command line as it could be typed into a POSIX shell. */
export function commandLine(argv: readonly string[]): string {
  return ['tacit', ...argv].map(shellWord).join(' ')
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
