import type { SimulationResult } from '../runner/index.js'
import { metricLines } from './metric-lines.js'
import { populationLines } from './population-lines.js'
import { privacyLines } from './privacy-lines.js'

/** A result for people, on a few lines. */
export function summary(result: SimulationResult): string {
  const { rounds, data } = result
  const aborted = Object.entries(rounds.abortedByReason).map(([reason, count]) => `${count} ${reason}`)
  return [
    `\n${result.model} on ${data.name}: ${data.users} devices, ${data.items} items, ${data.interactions ?? 'uncounted'} events\n`,
    metricLines(result),
    `  rounds       ${rounds.released} released, ${rounds.aborted} aborted${aborted.length > 0 ? ` (${aborted.join(', ')})` : ''}\n`,
    `  secure sum   ${secureSumLine(result.secureSum)}\n`,
    privacyLines(result.privacy),
    populationLines(result.population),
    `  per device   ${kilobytes(result.uploadBytesPerDevice)} up, ${kilobytes(result.downloadBytesPerDevice)} down a round\n`,
    `  speed        ${result.clientUpdatesPerSecond.toLocaleString('en')} client updates/s (${result.workers} workers), ${(result.wallMs / 1000).toFixed(1)} s in all\n`,
    `  model        ${result.modelHash} (after the last round)\n`,
  ].join('')
}

function secureSumLine(sum: SimulationResult['secureSum']): string {
  const { backend, groups, neighbours, threshold, privacyBits, correctnessBits } = sum
  if (privacyBits === null || correctnessBits === null) return backend
  // Down, so that no more is promised than is there.
  const bits = `privacy 2^-${Math.floor(privacyBits)}, aborts 2^-${Math.floor(correctnessBits)}`
  return `${backend}, ${groups} ${groups === 1 ? 'group' : 'groups'}, ${neighbours} neighbours, ${threshold} shares open a secret, ${bits}`
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}
