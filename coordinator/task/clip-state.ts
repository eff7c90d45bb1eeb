import { adaptClip } from '@tacit/shared/dp'
import type { ModelState } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { JOINT_CLIP, type RoundMetrics } from '@tacit/shared/update'
import type { TaskDefinition } from './task.js'

/** Where a state keeps the clip of the next round, beside what the model itself keeps. */
const CLIP = 'privacyClip'

/** The clip that the next round's plan is to say. */
export function clipOf(task: TaskDefinition, state: ModelState): number | undefined {
  return task.privacy?.adaptiveClip
    ? (state.server[CLIP]?.values[0] ?? task.privacy.clip)
    : task.privacy?.clip
}

/** What is the model's own of a state: it knows nothing of clipping. */
export function withoutClip(state: ModelState): ModelState {
  const { [CLIP]: _, ...server } = state.server
  return { ...state, server }
}

/** The model's next state with the clip that its round's devices lead to. */
export function withNextClip(
  next: ModelState,
  { privacy }: TaskDefinition,
  plan: RoundPlan,
  { clippedShare }: RoundMetrics,
): ModelState {
  if (!privacy?.adaptiveClip || !plan.privacy) return next
  const clip = adaptClip(plan.privacy.clip, 1 - (clippedShare[JOINT_CLIP] ?? 0), privacy.adaptiveClip)
  return { ...next, server: { ...next.server, [CLIP]: { shape: [1], values: Float64Array.of(clip) } } }
}
