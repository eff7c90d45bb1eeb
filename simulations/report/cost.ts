import { lineChart, type Point, type Series } from './chart/index.js'
import { byteUnit, count, percent, timeUnit, type Unit } from './format.js'
import { type Html, html } from './html.js'
import { runningSums } from './learning.js'
import { charts, table } from './page.js'
import type { RoundRecord } from './run-data.js'

type Rounds = readonly RoundRecord[]

/** What devices send and receive. */
export function traffic(rounds: Rounds): Html {
  const total = largestOf([
    runningSums(rounds.map(({ uploadBytes }) => uploadBytes)),
    runningSums(rounds.map(({ downloadBytes }) => downloadBytes)),
  ])
  const sumUnit = byteUnit(total)
  const each = rounds.map(({ uploadBytes, downloadBytes, devices, cohort }) => ({
    up: devices > 0 ? uploadBytes / devices : null,
    down: cohort > 0 ? downloadBytes / cohort : null,
  }))
  const eachUnit = byteUnit(largestOf([each.map(({ up }) => up ?? 0), each.map(({ down }) => down ?? 0)]))
  return charts([
    lineChart({
      title: 'Bytes of all devices, summed over rounds',
      description: 'Upload and download of all devices from the first round on, as recorded with each round.',
      x: { label: 'Round' },
      y: { label: `Since the start (${sumUnit.name})` },
      fromZero: true,
      series: [
        byRound('Upload', rounds, inUnit(runningSums(rounds.map((round) => round.uploadBytes)), sumUnit)),
        byRound('Download', rounds, inUnit(runningSums(rounds.map((round) => round.downloadBytes)), sumUnit)),
      ],
    }),
    lineChart({
      title: 'Bytes per device and round',
      description: 'Upload per device in the sum, and download per invited device.',
      x: { label: 'Round' },
      y: { label: `Per device (${eachUnit.name})` },
      fromZero: true,
      series: [
        byRound(
          'Upload, per device in the sum',
          rounds,
          inUnit(
            each.map(({ up }) => up),
            eachUnit,
          ),
        ),
        byRound(
          'Download, per invited device',
          rounds,
          inUnit(
            each.map(({ down }) => down),
            eachUnit,
          ),
        ),
      ],
    }),
  ])
}

/** How long each round took: of the simulated world and of this machine. */
export function times(rounds: Rounds): Html {
  return charts([
    timeChart(
      'Virtual time per round',
      'In the simulated world: latency, deadlines and dropouts.',
      rounds,
      'virtualMs',
    ),
    timeChart('Real time per round', 'On the machine that simulated it.', rounds, 'wallMs'),
  ])
}

function timeChart(title: string, description: string, rounds: Rounds, key: 'virtualMs' | 'wallMs'): Html {
  const steps = rounds.map((round, i) => round[key] - (rounds[i - 1]?.[key] ?? 0))
  const unit = timeUnit(largestOf([steps]))
  return lineChart({
    title,
    description,
    x: { label: 'Round' },
    y: { label: `Per round (${unit.name})` },
    fromZero: true,
    series: [byRound(title, rounds, inUnit(steps, unit))],
  })
}

/** Table rows of aborted rounds. */
const MOST_ABORTED = 100

/** Devices that were lost on the way, and rounds that came to nothing. */
export function losses(rounds: Rounds): Html {
  const released = rounds.filter(({ outcome }) => outcome === 'released')
  const aborted = rounds.filter(({ outcome }) => outcome === 'aborted')
  const invited = released.reduce((sum, { cohort }) => sum + cohort, 0)
  const kept = released.reduce((sum, { devices }) => sum + devices, 0)
  const lost = invited > 0 ? percent((invited - kept) / invited) : '–'
  return html`<p>${count(released.length)} rounds released, ${count(aborted.length)} aborted. Of ${count(invited)} invitations to released rounds, ${count(invited - kept)} (${lost}) ended without an update in the sum.</p>
${charts([
  lineChart({
    title: 'Devices per round',
    description:
      'Devices invited to each round and devices whose update is in its sum. Aborted rounds have a gap.',
    x: { label: 'Round' },
    y: { label: 'Devices' },
    fromZero: true,
    series: [
      byRound(
        'Invited',
        rounds,
        rounds.map(({ cohort }) => cohort),
      ),
      byRound(
        'In the released sum',
        rounds,
        rounds.map((round) => (round.outcome === 'released' ? round.devices : null)),
      ),
    ],
  }),
  lineChart({
    title: 'Share of the cohort lost',
    description: 'Invited devices without an update in the sum, of released rounds.',
    x: { label: 'Round' },
    y: { label: 'Share of the cohort' },
    fromZero: true,
    series: [
      byRound(
        'Lost',
        rounds,
        rounds.map(({ outcome, cohort, devices }) =>
          outcome === 'released' && cohort > 0 ? 1 - devices / cohort : null,
        ),
      ),
    ],
  }),
])}
${aborted.length > 0 && abortedTable(aborted)}`
}

function abortedTable(aborted: Rounds): Html {
  const shown = aborted.slice(0, MOST_ABORTED)
  const caption =
    shown.length < aborted.length
      ? `Aborted rounds, the first ${count(shown.length)} of ${count(aborted.length)}`
      : 'Aborted rounds'
  return table(
    caption,
    ['Round', 'Reason', 'Invited'],
    shown.map(({ round, reason, cohort }) => [count(round), reason ?? 'not recorded', count(cohort)]),
    'words',
  )
}

/** Share of devices whose update was clipped, by segment of the update. */
export function clipping(rounds: Rounds): Html {
  const segments = [...new Set(rounds.flatMap(({ clippedShare }) => Object.keys(clippedShare)))]
  if (segments.length === 0) return html`<p>No segment of the update reports clipping.</p>`
  return charts([
    lineChart({
      title: 'Share of devices clipped, by segment',
      description:
        'Devices whose update was longer than the clip of a segment, as a share of the devices of the round.',
      x: { label: 'Round' },
      y: { label: 'Share of devices' },
      fromZero: true,
      series: segments.map((segment) =>
        byRound(
          segment,
          rounds,
          rounds.map(({ clippedShare }) => clippedShare[segment] ?? null),
        ),
      ),
    }),
  ])
}

function byRound(name: string, rounds: Rounds, values: readonly (number | null)[]): Series {
  return { name, points: rounds.map(({ round }, i): Point => ({ x: round, y: values[i] ?? null })) }
}

function inUnit(values: readonly (number | null)[], unit: Unit): (number | null)[] {
  return values.map((value) => (value === null ? null : value / unit.size))
}

function largestOf(lists: readonly (readonly number[])[]): number {
  let largest = 0
  for (const list of lists)
    for (const value of list) if (Number.isFinite(value)) largest = Math.max(largest, value)
  return largest
}
