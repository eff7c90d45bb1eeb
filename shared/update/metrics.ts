import { kernels } from '../kernels/index.js'
import type { Layout } from './layout.js'
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
  /** Share of devices whose segment was clipped, by segment; whose update was, where segments are clipped together. */
  readonly clippedShare: Readonly<Record<string, number>>
}

/** L2 norm of the metrics under differential privacy, as a share of the model update's: little noise for the latter. */
const METRICS_SHARE = 0.15
/** Stands for all segments where they are clipped together. */
export const JOINT_CLIP = 'update'

/**
 * A model's segments followed by the metrics segment: the whole of what a device reports.
 *
 * @param jointClip the L2 norm to which all model segments are clipped together, under differential privacy
 */
export function withMetrics(modelSegments: Layout, jointClip?: number): Layout {
  const length = EVALUATION.length + clipBits(modelSegments, jointClip !== undefined).length
  const clip = Math.sqrt(length)
  const weight = jointClip === undefined ? 1 : (METRICS_SHARE * jointClip) / clip
  return [...modelSegments, { name: METRICS_SEGMENT, shape: [length], range: 1, clip, weight }]
}

/** Largest joint norm of a whole vector: that of a clipped update and that of the metrics, which are within theirs by nature. */
export function jointNorm(clip: number): number {
  return clip * Math.sqrt(1 + METRICS_SHARE * METRICS_SHARE)
}

/**
 * The values of the metrics segment of one device.
 * @param clipped names of segments, or {@link JOINT_CLIP}
 */
export function metricValues(
  modelSegments: Layout,
  clipped: ReadonlySet<string>,
  evaluation: DeviceEvaluation | undefined,
  jointly = false,
): Float64Array {
  const bits = clipBits(modelSegments, jointly)
  const values = kernels().numbers(EVALUATION.length + bits.length)
  if (evaluation) {
    values[0] = 1
    values[1] = evaluation.hit
    values[2] = evaluation.gain
  }
  for (let bit = 0; bit < bits.length; bit++) if (clipped.has(bits[bit]!)) values[EVALUATION.length + bit] = 1
  return values
}

/** What a device says of its clipping: a bit for each segment, or one for all. */
function clipBits(modelSegments: Layout, jointly: boolean): readonly string[] {
  if (jointly) return [JOINT_CLIP]
  const names: string[] = []
  for (const { name } of modelSegments) names.push(name)
  return names
}

/** Reads the summed metrics segment of `devices` devices. Sums with noise are brought back to what sums can be. */
export function readMetrics(
  layout: Layout,
  sums: SegmentSums,
  devices: number,
  jointly = false,
): RoundMetrics {
  const values = sums[METRICS_SEGMENT] ?? new Float64Array(layout.length + EVALUATION.length)
  const [evaluated = 0, hits = 0, gains = 0] = values
  // Stochastic rounding of a whole number can leave it a fraction of a step away.
  const devicesEvaluated = Math.min(devices, Math.max(0, Math.round(evaluated)))
  const share = (sum: number, of: number) => (of === 0 ? 0 : Math.min(1, Math.max(0, sum / of)))
  const segments = layout.filter((segment) => segment.name !== METRICS_SEGMENT)
  const bits = clipBits(segments, jointly).map(
    (name, index) => [name, share(values[EVALUATION.length + index]!, devices)] as const,
  )
  return {
    evaluated: devicesEvaluated,
    'hr@10': share(hits, devicesEvaluated),
    'ndcg@10': share(gains, devicesEvaluated),
    clippedShare: Object.fromEntries(bits),
  }
}
