import { describeProtocol } from '../data/index.js'
import type { SimulationResult } from '../runner/index.js'

type Measured = SimulationResult['metrics']['sampled']

/** What a simulation's model is worth, below the protocol that says so. Figures of a protocol that leaks are marked. */
export function metricLines({ metrics, protocol }: SimulationResult): string {
  const { bestRound, cases, devices, sampled, full } = metrics
  const round = bestRound === 0 ? 'no round was released' : `round ${bestRound}`
  const mark = protocol.leaks ? '   LEAKS' : ''
  const row = (name: string, text: string) => `  ${name.padEnd(12)} ${text}\n`
  const ranking = (name: string, measured: Measured) =>
    measured
      ? row(
          name,
          `HR@10 ${shown(measured['hr@10'])}   NDCG@10 ${shown(measured['ndcg@10'])}   MRR@10 ${shown(measured['mrr@10'])}${mark}`,
        )
      : ''
  return [
    row('protocol', `${describeProtocol(protocol)}, ${round}, ${cases} cases of ${devices} devices`),
    ranking(`${protocol.perDevice} sampled`, sampled),
    ranking('full ranking', full),
    full
      ? row(
          'first ten',
          `coverage ${shown(full['coverage@10'])}   Gini ${shown(full['gini@10'])}   popular tenth ${shown(full['popularity-share@10'])}${mark}`,
        )
      : '',
    sampled ? row('by activity', `${activity(sampled)}${mark}`) : '',
  ].join('')
}

function activity({ byActivity }: NonNullable<Measured>): string {
  const groups = byActivity.map(({ from, to, 'hr@10': hr }) => `${from}..${to} ${shown(hr)}`)
  return `HR@10 sampled, by items trained on: ${groups.join(', ')}`
}

function shown(figure: number): string {
  return figure.toFixed(4)
}
