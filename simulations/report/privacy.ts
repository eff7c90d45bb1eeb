import { lineChart, type Point } from './chart/index.js'
import { isRecord } from './flatten.js'
import { count, epsilonFigure, figure, percent, shown, significant } from './format.js'
import { type Html, html, type Part } from './html.js'
import { charts, pairs } from './page.js'
import { leakOf, leakTag } from './protocol.js'
import type { RoundRecord, RunData } from './run-data.js'

type PrivacyRecord = NonNullable<RoundRecord['privacy']>
/** A round that spent something. */
type ChargedRound = RoundRecord & { readonly privacy: PrivacyRecord }

/** What the run promises whom, what it spent for it, and what accuracy that bought. */
export function privacy(run: RunData): Html {
  const charged = chargedRounds(run.rounds)
  const ledger: unknown = run.result?.privacy
  if (!isRecord(ledger) && charged.length === 0) return unprotected(run)
  return html`${isRecord(ledger) ? figures(ledger) : soFar(charged, run.configuration)}
${charged.length > 0 && charts([byEpsilon(run, charged), spending(charged), excess(charged), clip(charged)])}`
}

/** Read with care: a result of an earlier version has none. */
export function chargedRounds(rounds: readonly RoundRecord[]): readonly ChargedRound[] {
  return rounds.filter((round): round is ChargedRound => isRecord(round.privacy))
}

function unprotected({ result, configuration }: RunData): Html {
  if (configuration.dp !== undefined) {
    return html`<p>Differential privacy (${shown(configuration.dp)}) was asked for; no round was released yet, and nothing is spent.</p>`
  }
  const masked = (result?.secureSum.backend ?? configuration.secureSum) === 'masked'
  return html`<p><strong>There was no differential privacy mechanism in this run:</strong> no noise was added, no budget was spent, and no epsilon is claimed. ${masked ? 'Masks hid each update from the coordinator; they do not limit what the sums and the released model tell.' : 'Updates were not masked either.'}</p>`
}

const UNITS: Readonly<Record<string, string>> = {
  device: 'one device, in all its rounds: it was there, or it was not',
}

const MODES: Readonly<Record<string, string>> = {
  local: 'local: each device adds enough for itself',
  distributed: 'distributed: devices make the noise together, before their vectors are masked',
  central: 'central: the coordinator adds it to the sum, and is trusted with the sum',
}

function figures(ledger: Readonly<Record<string, unknown>>): Html {
  const { sampling } = ledger
  const claimed = typeof sampling === 'number' && sampling < 1
  return pairs([
    ['What is protected', known(UNITS, ledger.unit)],
    ['Who adds noise', known(MODES, ledger.mode)],
    ['Epsilon against those who see releases', epsilonText(ledger.epsilon, ledger.delta)],
    ['Epsilon against the coordinator', epsilonText(ledger.epsilonAgainstCoordinator, ledger.delta)],
    ['Noise multiplier', numberText(ledger.noiseMultiplier, 5)],
    ['Distribution of the noise', shown(ledger.mechanism)],
    ['Clip (C)', numberText(ledger.clip, 5)],
    ['Clipped share, estimated under noise', text(ledger.clippedShare, percent)],
    [
      'Sampling',
      claimed
        ? `${percent(sampling)} of the devices a round, by a coin that each flips; counted only against those who see releases`
        : 'none that is counted: the coordinator chooses who takes part',
    ],
    ['Rounds charged', text(ledger.rounds, count)],
    ['Rounds of one device, at most', text(ledger.participations, count)],
    ['Minimum cohort', text(ledger.minimumCohort, count)],
    ...(typeof ledger.smallestGroup === 'number'
      ? [['Smallest group, whose noise has to do', count(ledger.smallestGroup)] as const]
      : []),
    ['Accountant', shown(ledger.accountant)],
    ['Variance of the noise over what is counted on', numberText(ledger.excess, 3)],
  ])
}

function soFar(charged: readonly ChargedRound[], { delta, dp }: RunData['configuration']): Html {
  const last = charged.at(-1)!.privacy
  return pairs([
    ['Who adds noise', known(MODES, dp)],
    ['Epsilon spent so far, against those who see releases', epsilonText(last.epsilon, delta)],
    ['Epsilon spent so far, against the coordinator', epsilonText(last.epsilonAgainstCoordinator, delta)],
  ])
}

function known(names: Readonly<Record<string, string>>, value: unknown): string {
  return typeof value === 'string' && Object.hasOwn(names, value) ? names[value]! : shown(value)
}

function text(value: unknown, of: (value: number) => string): string {
  return typeof value === 'number' ? of(value) : '–'
}

function numberText(value: unknown, digits: number): string {
  return text(value, (number) => significant(number, digits))
}

/** Never an epsilon without its delta. */
function epsilonText(epsilon: unknown, delta: unknown): Part {
  if (typeof epsilon !== 'number' || !Number.isFinite(epsilon)) {
    return 'no bound: this run does not protect from it'
  }
  return html`<b>${epsilonFigure(epsilon)}</b> at delta ${numberText(delta, 3)}`
}

function byEpsilon(run: RunData, charged: readonly ChargedRound[]): Html {
  const leaking = leakOf(run.result) !== null
  const series = (['validation', 'test'] as const).map((target) => ({
    name: target === 'validation' ? 'Validation' : 'Test',
    points: charged.map(
      (round): Point => ({ x: round.privacy.epsilon, y: round[target]?.['hr@10'] ?? null }),
    ),
  }))
  return lineChart({
    title: `Accuracy against epsilon${leaking ? ' (leaking protocol)' : ''}`,
    caption: html`Accuracy against epsilon ${leakTag(leaking)}`,
    description:
      'HR@10 of the model of each round, over what had been spent by then against those who see releases. The noise is that of this run: a run planned to stop earlier could have added less.',
    x: { label: 'Epsilon spent', format: epsilonTick },
    y: { label: 'HR@10' },
    series: series.filter(({ points }) => points.some(({ y }) => y !== null)),
    value: figure,
  })
}

function spending(charged: readonly ChargedRound[]): Html {
  const coordinator = charged.some(({ privacy }) => typeof privacy.epsilonAgainstCoordinator === 'number')
  return lineChart({
    title: 'Epsilon spent',
    description: 'After each round, over all rounds so far.',
    x: { label: 'Round' },
    y: { label: 'Epsilon' },
    fromZero: true,
    series: [
      { name: 'Against those who see releases', points: byRound(charged, ({ epsilon }) => epsilon) },
      ...(coordinator
        ? [
            {
              name: 'Against the coordinator',
              points: byRound(charged, (record) => record.epsilonAgainstCoordinator),
            },
          ]
        : []),
    ],
  })
}

function excess(charged: readonly ChargedRound[]): Html {
  return lineChart({
    title: 'Noise over what is counted on',
    description:
      'Variance of the noise in the released sum over the least that it may have: more than 1 where more devices took part than the minimum, or fewer held their noise back than might. It protects more than is claimed, and costs accuracy.',
    x: { label: 'Round' },
    y: { label: 'Ratio of variances' },
    fromZero: true,
    series: [{ name: 'Ratio', points: byRound(charged, (record) => record.excess) }],
  })
}

/** None where it stayed: its value is in the table. */
function clip(charged: readonly ChargedRound[]): Html | null {
  if (new Set(charged.map(({ privacy }) => privacy.clip)).size < 2) return null
  return lineChart({
    title: 'Clip',
    description: 'The norm that each round clipped updates to: it follows what devices say of it.',
    x: { label: 'Round' },
    y: { label: 'Clip (C)' },
    fromZero: true,
    series: [{ name: 'Clip', points: byRound(charged, (record) => record.clip) }],
  })
}

function byRound(
  charged: readonly ChargedRound[],
  of: (record: PrivacyRecord) => number | null,
): readonly Point[] {
  return charged.map(({ round, privacy }) => ({ x: round, y: of(privacy) }))
}

function epsilonTick(value: number): string {
  return significant(value, 3)
}
