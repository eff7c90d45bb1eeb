import { type EncodedModel, encodeModel, type Model, type ModelState } from '@tacit/shared/model'
import { gridOf, noiseBySegment, type RoundPlan, rotationSigns } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'
import {
  dequantise,
  dequantiseRotated,
  METRICS_SEGMENT,
  type RoundMetrics,
  readMetrics,
  type SegmentSums,
} from '@tacit/shared/update'
import './own-sha256.js'
import { withNextClip, withoutClip } from './clip-state.js'
import { addCoordinatorNoise } from './coordinator-noise.js'
import type { TaskDefinition } from './task.js'

/** What a sum makes of a model: the next state, its public parts, and what the devices reported. */
export interface Release {
  readonly state: ModelState
  readonly encoded: EncodedModel
  readonly metrics: RoundMetrics
  /** What these were read from: sums over the devices, noise included. */
  readonly reported: Float64Array
}

/** What a round came to. */
export interface RoundSum {
  readonly plan: RoundPlan
  /** Integers, one per coordinate of the plan's layout: what becomes of them is reckoned in place. */
  readonly sums: Float64Array
  /** Devices that they are added over, > 0. */
  readonly survivors: number
  /** Where noise comes from that the coordinator adds. */
  readonly noise: Random
}

/** Applies a round's sum, and uses it up. The same state, sum and draws make the same bits wherever this runs. */
export function makeRelease(
  task: TaskDefinition,
  model: Model,
  state: ModelState,
  { plan, sums, survivors, noise }: RoundSum,
): Release {
  addCoordinatorNoise(plan, sums, survivors, noise)
  const real = realSums(plan, sums)
  const devices = countedDevices(task, plan, survivors)
  const own = withoutClip(state)
  const metrics = readMetrics(plan.layout, real, devices, plan.privacy !== undefined)
  const next = withNextClip(
    model.apply(own, real, devices, plan.block, noiseBySegment(plan, devices)),
    task,
    plan,
    metrics,
  )
  const reported = (real[METRICS_SEGMENT] ?? new Float64Array(0)).slice()
  return { state: next, encoded: encodeRelease(task, model, next, plan.round), metrics, reported }
}

function realSums(plan: RoundPlan, sums: Float64Array): SegmentSums {
  const signs = rotationSigns(plan)
  if (signs) return dequantiseRotated(sums, plan.layout, gridOf(plan), signs)
  return dequantise(sums, plan.layout, gridOf(plan))
}

/**
 * Devices that sums are divided by. Where devices flip coins, how many of them took part is not to be known exactly to
 * those who see releases: the number that was planned stands for it.
 */
function countedDevices(
  task: TaskDefinition,
  { privacy, minimumCohort }: RoundPlan,
  survivors: number,
): number {
  if (!privacy || privacy.sampling === 1) return survivors
  return Math.max(minimumCohort, Math.round(task.population * task.share))
}

/** The public model of a state as parts. Round 0 is the initial model. */
export function encodeRelease(
  task: TaskDefinition,
  model: Model,
  state: ModelState,
  round: number,
): EncodedModel {
  const about = {
    task: task.name,
    round,
    model: { name: model.name, settings: { ...model.deviceSettings } },
    catalogue: { ...task.catalogue },
  }
  return encodeModel(about, state.model)
}
