export { RoundEngine } from './engine.js'
export { blockOf, largestGroupOf, makePlan } from './plan.js'
export type {
  AbortReason,
  RoundEffect,
  RoundEvent,
  RoundLimits,
  RoundMessage,
  RoundView,
} from './types.js'
