import { barChart, lineChart, type Point, type Series } from './chart/index.js'
import { isRecord } from './flatten.js'
import { byteUnit, count, figure, metricLabel, timeUnit } from './format.js'
import { type Html, html } from './html.js'
import { charts } from './page.js'
import { leakOf, leakTag, protocolText } from './protocol.js'
import type { RoundRecord, RunData } from './run-data.js'

type Key = 'hr@10' | 'ndcg@10'

/** How good the model is after each round, by rounds, by bytes sent and by virtual time. */
export function learningCurves(run: RunData): Html {
  const measured = run.rounds.some(({ validation, test, federated }) => validation ?? test ?? federated)
  if (!measured) return html`<p>No round was evaluated.</p>`
  const upload = uploadAxis(run.rounds)
  const time = timeAxis(run.rounds)
  return charts([
    curve(run, 'hr@10', { label: 'Round', of: ({ round }) => round }),
    curve(run, 'ndcg@10', { label: 'Round', of: ({ round }) => round }),
    upload && curve(run, 'hr@10', upload),
    time && curve(run, 'hr@10', time),
  ])
}

interface Along {
  readonly label: string
  readonly of: (round: RoundRecord, index: number) => number
}

function uploadAxis(rounds: readonly RoundRecord[]): Along | null {
  const sums = runningSums(rounds.map(({ uploadBytes }) => uploadBytes))
  const unit = byteUnit(sums.at(-1) ?? 0)
  if (!(sums.at(-1)! > 0)) return null
  return { label: `Upload of all devices (${unit.name})`, of: (_, index) => sums[index]! / unit.size }
}

function timeAxis(rounds: readonly RoundRecord[]): Along | null {
  const last = rounds.at(-1)?.virtualMs ?? 0
  const unit = timeUnit(last)
  if (!(last > 0)) return null
  return { label: `Virtual time (${unit.name})`, of: ({ virtualMs }) => virtualMs / unit.size }
}

/** Sums up to and with each value; what is no number counts as nothing. */
export function runningSums(values: readonly number[]): number[] {
  let sum = 0
  return values.map((value) => {
    sum += Number.isFinite(value) ? value : 0
    return sum
  })
}

function curve(run: RunData, key: Key, along: Along): Html {
  const label = metricLabel(key)
  const leaking = leakOf(run.result) !== null
  const best = run.result?.metrics.bestRound ?? 0
  const at = run.rounds.findIndex(({ round }) => round === best)
  const isPrivate = run.rounds.some(({ privacy }) => privacy)
  const protocol = run.result ? ` Protocol: ${protocolText(run.result)}.` : ''
  return lineChart({
    title: `${label} by ${lowerFirst(along.label)}${leaking ? ' (leaking protocol)' : ''}`,
    caption: html`${label} by ${lowerFirst(along.label)} ${leakTag(leaking)}`,
    description: `Sampled ranking of validation and test items by the model of each round; federated figures are what devices measured of it themselves${isPrivate ? ', with the noise of differential privacy' : ''}.${protocol}`,
    x: { label: along.label },
    y: { label },
    series: seriesOf(run.rounds, key, along),
    marks: at < 0 ? [] : [{ x: along.of(run.rounds[at]!, at), label: 'best on validation' }],
    value: figure,
  })
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

function seriesOf(rounds: readonly RoundRecord[], key: Key, along: Along): Series[] {
  const central = (['validation', 'test'] as const).map((target) => ({
    name: target === 'validation' ? 'Validation' : 'Test',
    points: rounds.map((round, i): Point => ({ x: along.of(round, i), y: round[target]?.[key] ?? null })),
  }))
  const noisy = rounds.some(({ privacy }) => privacy) ? ', with noise' : ''
  const federated = { name: `Federated (devices’ own${noisy})`, points: federatedPoints(rounds, key, along) }
  return [...central, federated].filter(({ points }) => points.some(({ y }) => y !== null))
}

/** A round's devices evaluate the model that they were sent: their figures stand where it was released. */
function federatedPoints(rounds: readonly RoundRecord[], key: Key, along: Along): Point[] {
  let sentAt = 0
  const points = new Map<number, number>()
  for (const [i, round] of rounds.entries()) {
    // Of several rounds that were sent one model, the last to answer counts.
    if (round.federated) points.set(sentAt, round.federated[key])
    if (round.outcome === 'released') sentAt = along.of(round, i)
  }
  return [...points].map(([x, y]) => ({ x, y }))
}

interface Quartile {
  readonly devices: number
  readonly from: number
  readonly to: number
  readonly 'hr@10': number
  readonly 'ndcg@10': number
}

/** Who is served well: the quarters of the devices by the length of their history. */
export function byActivity(run: RunData): Html | null {
  const found = quartiles(run)
  if (found.length === 0) return null
  const leaking = leakOf(run.result) !== null
  const figures = found.map(({ ranking, quarters }) =>
    barChart({
      title: `Metrics by activity, ${ranking} ranking${leaking ? ' (leaking protocol)' : ''}`,
      caption: html`Metrics by activity, ${ranking} ranking ${leakTag(leaking)}`,
      description: `HR@10 and NDCG@10 for each quarter of what is asked, from the devices that train on the fewest items to those that train on the most.`,
      label: 'Items that a device trains on',
      categories: quarters.map(
        ({ from, to, devices }) => `${count(from)}–${count(to)} (n=${count(devices)})`,
      ),
      y: { label: 'HR@10, NDCG@10' },
      series: (['hr@10', 'ndcg@10'] as const).map((key) => ({
        name: metricLabel(key),
        values: quarters.map((quarter) => quarter[key]),
      })),
      value: (value) => value.toFixed(3),
    }),
  )
  return charts(figures)
}

/** Read with care: a result of an earlier version has none. */
function quartiles({ result }: RunData) {
  return (['sampled', 'full'] as const).flatMap((ranking) => {
    const metrics: unknown = result?.metrics[ranking]
    const found = isRecord(metrics) && Array.isArray(metrics.byActivity) ? metrics.byActivity : []
    const quarters = found.filter(isQuartile)
    return quarters.length === 0 ? [] : [{ ranking, quarters }]
  })
}

function isQuartile(value: unknown): value is Quartile {
  return (
    isRecord(value) &&
    ['devices', 'from', 'to', 'hr@10', 'ndcg@10'].every((key) => typeof value[key] === 'number')
  )
}
