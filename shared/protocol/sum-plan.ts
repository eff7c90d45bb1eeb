import { bytesToHex, canonicalJson, digest } from '../bytes/index.js'
import type { SumPlan } from '../secagg/index.js'
import { layoutSize } from '../update/index.js'
import { PROTOCOL_VERSION, type RoundPlan } from './plan.js'

/**
 * What of a round's plan its secure sum depends on. Its digest covers the whole plan and the protocol's version: a
 * device that was shown another model, catalogue, layout or minimum than the others derives nothing they share.
 */
export function sumPlanOf(plan: RoundPlan): SumPlan {
  return {
    planHash: bytesToHex(digest('tacit/plan/1', PROTOCOL_VERSION, canonicalJson(plan))),
    roundId: plan.roundId,
    round: plan.round,
    minimum: plan.minimumCohort,
    largestGroup: plan.largestGroup,
    length: layoutSize(plan.layout),
    modulusBits: plan.modulusBits,
    masking: plan.masking,
  }
}
