export { checkCoins, hidesCount, makesNoiseUp, mostWinners } from './coins.js'
export {
  decodeFrame,
  encodeFrame,
  FRAME_HEADER_BYTES,
  framesOf,
  MAX_CHUNK_BYTES,
  MAX_FRAME_BYTES,
  type VectorFrame,
} from './frames.js'
export {
  type CoordinatorMessage,
  coordinatorMessageSchema,
  type DeviceMessage,
  deviceMessageSchema,
  parseCoordinatorMessage,
  parseDeviceMessage,
  serialise,
} from './messages.js'
export { type PlanPrivacy, PROTOCOL_VERSION, planSchema, type RoundPlan } from './plan.js'
export { guardedEvent, releasedEvent, vectorEvent } from './privacy-events.js'
export { rotationSigns } from './rotation.js'
export {
  gridOf,
  modulusOf,
  type NoisePlan,
  noiseBySegment,
  noiseRoom,
  type RoundNoise,
  roundNoise,
  smallestGroup,
  sumVariance,
} from './round-noise.js'
export { sumPlanOf } from './sum-plan.js'
export { VectorAssembly } from './vector-assembly.js'
