export type { BestRound, Checkpoint } from './checkpoint.js'
export type { SimulatedMasking, SimulationConfiguration } from './configuration.js'
export type { FederatedMetrics, RoundRecord } from './record.js'
export type { CurvePoint, SimulationResult } from './result.js'
export {
  type RunHooks,
  Simulation,
  type SimulationOptions,
  type WireSetup,
  type WireTransportFactory,
} from './simulation.js'
