export { RoundEngine } from './engine.js'
export { splitIntoGroups } from './groups.js'
export { blockOf, makePlan } from './plan.js'
export type {
  AbortReason,
  RoundEffect,
  RoundEvent,
  RoundLimits,
  RoundMessage,
  RoundView,
} from './types.js'
