import type { SimulationResult } from '../runner/index.js'
import { figuresOf } from './flatten.js'
import { bytes, count, duration, figure, metricLabel } from './format.js'
import { type Html, html } from './html.js'
import { table } from './page.js'
import { leakOf, leakTag, protocolText } from './protocol.js'
import type { RoundRecord, RunData } from './run-data.js'

/** The numbers that the run is about, each with its protocol beside it. */
export function headline(run: RunData): Html {
  return run.result === null ? soFar(run.rounds) : finished(run.result)
}

function finished(result: SimulationResult): Html {
  const { metrics, data, rounds } = result
  const leaking = leakOf(result) !== null
  const protocol = protocolText(result)
  const chosen = metrics.bestRound === 0 ? 'no round was released' : `round ${metrics.bestRound}`
  const among = { sampled: `against ${result.protocol.perDevice} negatives`, full: 'against all items' }
  const cards = (['sampled', 'full'] as const).flatMap((ranking) =>
    (['hr@10', 'ndcg@10'] as const).map(
      (key) =>
        html`<div class="card"><span>${metricLabel(key)}, ${among[ranking]} ${leakTag(leaking)}</span><b>${shownFigure(metrics[ranking]?.[key])}</b><span>${protocol}; ${chosen}; ${count(metrics.devices)} devices</span></div>\n`,
    ),
  )
  return html`<p>${result.model} on ${data.name}: ${count(data.users)} devices, ${count(data.items)} items, ${data.interactions === null ? 'made as they are needed' : `${count(data.interactions)} events`}. ${count(rounds.released)} rounds released, ${count(rounds.aborted)} aborted; seed ${result.seed}.</p>
<div class="cards">
${cards}</div>
${allMetrics(result, protocol, leaking)}
<p class="quiet">${count(result.clientUpdates)} client updates, ${count(result.clientUpdatesPerSecond)} a second with ${result.workers} workers; ${bytes(result.uploadBytesPerDevice)} up and ${bytes(result.downloadBytesPerDevice)} down per device and round; ${duration(result.wallMs)} in all.</p>`
}

function shownFigure(value: number | undefined): string {
  return value === undefined ? '–' : figure(value)
}

/** Both rankings side by side, and whatever else was measured of the same round. */
function allMetrics(result: SimulationResult, protocol: string, leaking: boolean): Html {
  const sampled = figuresOf(result.metrics.sampled)
  const full = figuresOf(result.metrics.full)
  const keys = [...new Set([...sampled.keys(), ...full.keys()])]
  if (keys.length === 0)
    return html`<p class="warning">No round was released: there is nothing to evaluate.</p>`
  return html`<h3>All metrics ${leakTag(leaking)}</h3>
${table(
  html`${protocol}; ${count(result.metrics.devices)} devices`,
  ['Metric', 'Sampled ranking', 'Full ranking'],
  keys.map((key) => [metricLabel(key), shownFigure(sampled.get(key)), shownFigure(full.get(key))]),
)}`
}

/** Of an unfinished run: its best round up to now, never shown as a result. */
function soFar(rounds: readonly RoundRecord[]): Html {
  const best = bestOnValidation(rounds)
  return html`<p class="warning">This run is not finished: ${count(rounds.length)} rounds are recorded, and there is no final evaluation. The protocol is in its configuration.</p>
${best && html`<p>Best on validation so far: round ${best.round}, validation HR@10 ${shownFigure(best.validation?.['hr@10'])}, test HR@10 ${shownFigure(best.test?.['hr@10'])}.</p>`}`
}

function bestOnValidation(rounds: readonly RoundRecord[]): RoundRecord | null {
  let best: RoundRecord | null = null
  for (const round of rounds) {
    if (round.validation && round.validation['hr@10'] > (best?.validation?.['hr@10'] ?? -1)) best = round
  }
  return best
}
