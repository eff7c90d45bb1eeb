export { SECURE_SUMS, secureSum } from './backends.js'
export { type GraphParameters, type GraphRequirements, graphParameters } from './parameters.js'
export { plain } from './plain.js'
export type {
  CoordinatorSumEffect,
  DeviceSumEffect,
  GroupPlan,
  Member,
  PartialSum,
  SecureSum,
  SumCoordinator,
  SumDevice,
  SumFailure,
} from './secure-sum.js'
