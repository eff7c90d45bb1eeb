import type { Layout, Segment } from './layout.js'
import type { SegmentSums } from './update.js'

/** Name of the segment in which devices report about themselves: their own evaluation, their clipping. */
export const METRICS_SEGMENT = 'metrics'

const EVALUATION = ['evaluated', 'hr@10', 'ndcg@10'] as const

/** A device's evaluation of the model on an event it held out of its own training. */
export interface DeviceEvaluation {
  /** 1 when the held-out item ranks in the first ten, else 0. */
  readonly hit: number
  /** 1 / log2(rank + 1) when it does, else 0. */
  readonly gain: number
}

/** What the summed metrics say of a round's devices. Means are over the devices that evaluated. */
export interface RoundMetrics {
  readonly evaluated: number
  readonly 'hr@10': number
  readonly 'ndcg@10': number
  /** Share of devices whose segment was clipped, by segment. */
  readonly clippedShare: Readonly<Record<string, number>>
}

/** A model's segments followed by the metrics segment: the whole of what a device reports. */
export function withMetrics(modelSegments: Layout): Layout {
  const length = EVALUATION.length + modelSegments.length
  const metrics: Segment = {
    name: METRICS_SEGMENT,
    shape: [length],
    range: 1,
    clip: Math.sqrt(length),
    weight: 1,
  }
  return [...modelSegments, metrics]
}

/** The values of the metrics segment of one device. */
export function metricValues(
  modelSegments: Layout,
  clipped: ReadonlySet<string>,
  evaluation: DeviceEvaluation | undefined,
): Float64Array {
  return Float64Array.from([
    evaluation ? 1 : 0,
    evaluation?.hit ?? 0,
    evaluation?.gain ?? 0,
    ...modelSegments.map((segment) => (clipped.has(segment.name) ? 1 : 0)),
  ])
}

/** Reads the summed metrics segment of `devices` devices. */
export function readMetrics(layout: Layout, sums: SegmentSums, devices: number): RoundMetrics {
  const values = sums[METRICS_SEGMENT] ?? new Float64Array(layout.length + EVALUATION.length)
  const [evaluated = 0, hits = 0, gains = 0] = values
  // Stochastic rounding of a whole number can leave it a fraction of a step away.
  const devicesEvaluated = Math.round(evaluated)
  const clippedShare: Record<string, number> = {}
  layout.forEach((segment, index) => {
    if (segment.name === METRICS_SEGMENT) return
    clippedShare[segment.name] = devices === 0 ? 0 : values[EVALUATION.length + index]! / devices
  })
  return {
    evaluated: devicesEvaluated,
    'hr@10': devicesEvaluated === 0 ? 0 : hits / devicesEvaluated,
    'ndcg@10': devicesEvaluated === 0 ? 0 : gains / devicesEvaluated,
    clippedShare,
  }
}
