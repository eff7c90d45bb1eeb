import type { Model } from '@tacit/shared/model'
import { checkCoins, modulusOf, type PlanPrivacy, type RoundPlan } from '@tacit/shared/protocol'
import { type Block, type Segment, withMetrics } from '@tacit/shared/update'
import type { TaskDefinition } from '../task/task.js'
import type { RoundLimits } from './types.js'

/**
 * The rows of the catalogue that a round covers. A task whose catalogue is larger than its block takes the
 * blocks in turn, so that an upload is bounded by the block whatever the catalogue's size.
 */
export function blockOf(items: number, blockRows: number, round: number): Block {
  const blocks = Math.ceil(items / Math.min(blockRows, items))
  const index = (round - 1) % blocks
  return { from: Math.floor((index * items) / blocks), to: Math.floor(((index + 1) * items) / blocks) }
}

/** Members of the largest group of a round to which so many are invited. */
export function largestGroupOf(limits: Pick<RoundLimits, 'largestGroup'>, invited: number): number {
  return Math.max(2, Math.min(limits.largestGroup, invited))
}

export interface PlannedRound {
  readonly number: number
  readonly roundId: string
  readonly modelHash: string
  readonly invited: number
  /** C, where the task's releases are differentially private and its clip moves. */
  readonly clip?: number | undefined
}

/**
 * Everything a round agrees on before anyone joins.
 * @throws TACIT_MODULUS_TOO_LARGE when the largest group's sum would not fit 32 bits, TACIT_PRIVACY_INVALID for coins with
 *   the wrong noise
 */
export function makePlan(
  task: TaskDefinition,
  model: Model,
  limits: RoundLimits,
  round: PlannedRound,
): RoundPlan {
  const block = blockOf(task.catalogue.items, task.blockRows, round.number)
  const largestGroup = largestGroupOf(limits, round.invited)
  const privacy = planPrivacy(task, round.clip)
  const layout = withMetrics(model.layout(block), privacy?.clip).map(asSegment)
  const { quantisationBits } = task
  const noisy = { layout, quantisationBits, minimumCohort: limits.minimumCount, privacy }
  return {
    task: task.name,
    round: round.number,
    roundId: round.roundId,
    model: {
      name: model.name,
      settings: { ...model.deviceSettings },
      population: task.population,
      share: task.share,
      hash: round.modelHash,
    },
    catalogue: task.catalogue,
    block,
    layout,
    quantisationBits,
    modulusBits: modulusOf(noisy, largestGroup),
    secureSum: task.secureSum,
    ...(task.secureSum === 'masked' && task.masking && { masking: { ...task.masking } }),
    largestGroup,
    minimumCohort: limits.minimumCount,
    ...(privacy && { privacy }),
  }
}

function asSegment(segment: Segment): RoundPlan['layout'][number] {
  return { ...segment, shape: [...segment.shape] }
}

function planPrivacy({ privacy }: TaskDefinition, clip = privacy?.clip): PlanPrivacy | undefined {
  if (!privacy) return undefined
  const { adaptiveClip: _, ...said } = privacy
  const planned = { ...said, clip: clip! }
  checkCoins(planned)
  return planned
}
