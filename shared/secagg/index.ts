export { plainOnly, SECURE_SUM_NAMES, type SumBackends, secureSums } from './backends.js'
export { type DeviceSums, deviceSums } from './device-backends.js'
export type { GroupEffect, GroupMachine, GroupPlan } from './group-machine.js'
export { groupMinimum } from './group-minimum.js'
export { type GroupSide, Groups, splitIntoGroups } from './groups.js'
export { Intake } from './intake.js'
export type { MaskedEnvironment } from './masked/environment.js'
export { groupParameters } from './masked/group-parameters.js'
export { maskedSum } from './masked/masked.js'
export type { Masking } from './masking.js'
export { type GraphParameters, type GraphRequirements, graphParameters } from './parameters.js'
export { PlainGroup, plain } from './plain.js'
export type {
  Compute,
  CoordinatorSumEffect,
  DeviceSum,
  DeviceSumEffect,
  Member,
  OwnSide,
  PartialSum,
  RoundIdentity,
  SecureSum,
  SumCoordinator,
  SumDevice,
  SumFailure,
  SumLimits,
  SumPlan,
} from './secure-sum.js'
