export { RoundEngine } from './engine.js'
export { blockOf, largestGroupOf, makePlan, type PlannedRound } from './plan.js'
export type {
  AbortReason,
  ChargeRefusal,
  RoundEffect,
  RoundEvent,
  RoundLimits,
  RoundMessage,
  RoundView,
} from './types.js'
