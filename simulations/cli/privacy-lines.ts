import { count, epsilonFigure, percent, significant } from '../report/format.js'
import type { SimulationResult } from '../runner/index.js'

/** What a run promises, and at what price; that it promises nothing, where that is so. */
export function privacyLines(privacy: SimulationResult['privacy']): string {
  if (!privacy) return row('privacy', 'no noise, no epsilon')
  const { mode, mechanism, epsilon, epsilonAgainstCoordinator, delta, accountant, sampling } = privacy
  const coordinator =
    epsilonAgainstCoordinator === null
      ? 'no bound against the coordinator (it is trusted)'
      : `${epsilonFigure(epsilonAgainstCoordinator)} against the coordinator`
  const coins = sampling < 1 ? `coins of ${percent(sampling)}` : 'no sampling counted'
  return [
    row('privacy', `epsilon ${epsilonFigure(epsilon)} against those who see releases, ${coordinator}`),
    row(
      '',
      `delta ${significant(delta, 3)}, by device, ${accountant}; ${count(privacy.rounds)} rounds, ${coins}, ${count(privacy.participations)} of one device at most`,
    ),
    row(
      'noise',
      `${mode}, ${mechanism}, multiplier ${significant(privacy.noiseMultiplier, 4)}, variance ${significant(privacy.excess, 3)} x what is counted on`,
    ),
    row(
      'clip',
      `${significant(privacy.clip, 4)}, about ${percent(privacy.clippedShare)} of the devices clipped (an estimate under noise)`,
    ),
  ].join('')
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)} ${text}\n`
}
