import { type CaseRanks, caseMetrics } from './metrics.js'

/** Cases whose devices know about equally much. */
export interface ActivityGroup {
  /** 1 for the quarter that knows least, to 4. */
  readonly quartile: number
  /** Fewest and most items known. */
  readonly from: number
  readonly to: number
  readonly cases: number
  readonly devices: number
  readonly 'hr@10': number
  readonly 'ndcg@10': number
}

/**
 * Metrics by quartile of how many items a case's device trains on (of a test session: how many come before the
 * click). Cases of equal length are never parted, so the quarters are as even as the lengths allow, and one that
 * nobody is left for is not there.
 *
 * @param known of each case, that length
 * @param devices of each case, ascending
 */
export function metricsByActivity(
  { offsets, ranks }: CaseRanks,
  known: Int32Array,
  devices: Int32Array,
): ActivityGroup[] {
  const sorted = known.toSorted()
  /** The longest of each quarter. */
  const bounds = [1, 2, 3, 4].map((quarter) => sorted[Math.ceil((quarter * sorted.length) / 4) - 1] ?? 0)
  const groups = bounds.map(() => ({
    cases: 0,
    devices: 0,
    last: -1,
    from: Infinity,
    to: 0,
    hits: 0,
    gains: 0,
  }))
  known.forEach((length, index) => {
    const group = groups[bounds.findIndex((bound) => length <= bound)]!
    const [hit, gain] = caseMetrics(ranks.subarray(offsets[index]!, offsets[index + 1]!), 10)
    group.cases++
    if (devices[index] !== group.last) group.devices++
    group.last = devices[index]!
    group.from = Math.min(group.from, length)
    group.to = Math.max(group.to, length)
    group.hits += hit
    group.gains += gain
  })
  return groups.flatMap(({ cases, devices: some, from, to, hits, gains }, i) =>
    cases === 0
      ? []
      : [
          {
            quartile: i + 1,
            from,
            to,
            cases,
            devices: some,
            'hr@10': hits / cases,
            'ndcg@10': gains / cases,
          },
        ],
  )
}
