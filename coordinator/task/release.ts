import { type EncodedModel, encodeModel, type Model, type ModelState } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { dequantise, type RoundMetrics, readMetrics } from '@tacit/shared/update'
import './own-sha256.js'
import type { TaskDefinition } from './task.js'

/** What a sum makes of a model: the next state, its public parts, and what the devices reported. */
export interface Release {
  readonly state: ModelState
  readonly encoded: EncodedModel
  readonly metrics: RoundMetrics
}

/**
 * Applies a round's sum. Pure: the same state and sum make the same bits wherever this runs.
 *
 * @param sums integers, one per coordinate of the plan's layout, added over `survivors` > 0 devices
 */
export function makeRelease(
  task: TaskDefinition,
  model: Model,
  state: ModelState,
  plan: RoundPlan,
  sums: Float64Array,
  survivors: number,
): Release {
  const real = dequantise(sums, plan.layout, plan.quantisationBits)
  const next = model.apply(state, real, survivors, plan.block)
  return {
    state: next,
    encoded: encodeRelease(task, model, next, plan.round),
    metrics: readMetrics(plan.layout, real, survivors),
  }
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
