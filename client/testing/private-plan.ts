import { noiseRoom, type PlanPrivacy, type RoundPlan } from '@tacit/shared/protocol'
import { modulusBits, withMetrics } from '@tacit/shared/update'
import type { Sample } from './sample.js'

export const PRIVACY: PlanPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: 1,
  noiseMultiplier: 4,
  sampling: 1,
  adversarial: 0.1,
}

/** The sample's plan with noise, as a coordinator would make it. */
export function privatePlan(
  { plan, model }: Sample,
  privacy: Partial<PlanPrivacy> = {},
  secureSum = plan.secureSum,
): RoundPlan {
  const own = { ...PRIVACY, ...privacy }
  const layout = withMetrics(model.layout(plan.block), own.clip).map((segment) => ({
    ...segment,
    shape: [...segment.shape],
  }))
  const noisy = { ...plan, secureSum, layout, quantisationBits: 12, privacy: own }
  const room = noiseRoom(noisy, plan.largestGroup)
  return { ...noisy, modulusBits: modulusBits(plan.largestGroup, noisy.quantisationBits, room) }
}

/** The round of that number after a plan's. */
export function roundOf(plan: RoundPlan, number: number): RoundPlan {
  return { ...plan, round: number, roundId: number.toString(16).padStart(32, '0') }
}
