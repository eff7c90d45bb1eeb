import { reproduction } from './command.js'
import { clipping, losses, times, traffic } from './cost.js'
import { flatten } from './flatten.js'
import { shown, significant } from './format.js'
import { headline } from './headline.js'
import { type Html, html } from './html.js'
import { byActivity, learningCurves } from './learning.js'
import { page, pairs, section } from './page.js'
import { population } from './population.js'
import { privacy } from './privacy.js'
import { leakBanner, leakOf, leakTag } from './protocol.js'
import type { RunData } from './run-data.js'

/**
 * A run as one HTML file: it loads nothing, needs no script, and can be printed. The same run gives the same
 * text. It is shown as far as it has come: an unfinished run says that it is.
 */
export function renderReport(run: RunData): string {
  const leak = leakOf(run.result)
  const tag = leakTag(leak !== null)
  const activity = byActivity(run)
  const people = population(run)
  const title = `${run.name}: ${run.result?.model ?? shown(run.configuration.model ?? 'a run')}`
  return page(title, [
    html`<header><h1>${run.name}</h1><p class="quiet">A run of tacit simulate${run.environment.started !== undefined && `, started ${run.environment.started}`}</p></header>\n`,
    leakBanner(leak),
    section('Result', headline(run), tag),
    section('Learning curves', learningCurves(run), tag),
    activity && section('Who is served well', activity, tag),
    run.rounds.length === 0
      ? section('Rounds', html`<p>No round is recorded yet.</p>`)
      : [
          section('Bytes', traffic(run.rounds)),
          section('Time', times(run.rounds)),
          section('Dropouts and aborted rounds', losses(run.rounds)),
          section('Clipping', clipping(run.rounds)),
        ],
    people && section('Population', people),
    section('Privacy', privacy(run)),
    section('Secure sum', secureSum(run)),
    section('Configuration', configuration(run.configuration)),
    section('Environment', environment(run)),
    section('To repeat this run', command(run)),
  ])
}

function secureSum({ result, configuration }: RunData): Html {
  if (!result) return html`<p>Backend ${shown(configuration.secureSum)}; the run is not finished.</p>`
  const { backend, groups, neighbours, threshold, privacyBits, correctnessBits } = result.secureSum
  if (privacyBits === null || correctnessBits === null) {
    return html`<p>Backend ${backend}, ${groups} ${groups === 1 ? 'group' : 'groups'} in the last round. Nothing was masked: in this run the coordinator’s process could have read each update.</p>`
  }
  return pairs([
    ['Backend', backend],
    ['Groups of the last round', groups],
    ['Neighbours of a device', neighbours],
    ['Shares that open a secret', threshold],
    // Down, so that no more is promised than is there.
    [
      'A group’s masks fail with probability',
      `at most 2^-${Math.floor(privacyBits)}, under the stated assumptions`,
    ],
    [
      'A group aborts with probability',
      `at most 2^-${Math.floor(correctnessBits)}, under the stated assumptions`,
    ],
  ])
}

function configuration(values: RunData['configuration']): Html {
  return pairs(leaves(values))
}

function environment({ environment, result }: RunData): Html {
  return pairs([
    ...Object.entries(environment),
    ...(result ? [['model after the last round', result.modelHash] as const] : []),
  ])
}

function command(run: RunData): Html {
  const { command, missing } = reproduction(run)
  return html`<pre>${command}</pre>
${missing.length > 0 && html`<p class="warning">Flags cannot say: ${missing.join(', ')}. They are in the run’s resolved configuration.</p>`}
<p class="quiet">With the same data, the same version and the same lock file, the model has the same hash, whatever the workers; times differ.</p>`
}

function leaves(values: unknown): (readonly [string, string])[] {
  return [...flatten(values)].map(([key, value]) => [
    key,
    typeof value === 'number' ? exact(value) : shown(value),
  ])
}

/** As it was given, unless that is unreadable. */
function exact(value: number): string {
  return Number.isFinite(value) ? String(value) : significant(value, 6)
}
