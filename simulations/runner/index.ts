export type { BestRound, Checkpoint } from './checkpoint.js'
export type { SimulatedMasking, SimulationConfiguration } from './configuration.js'
export type { FederatedMetrics, RoundRecord } from './record.js'
export type { CurvePoint, SimulationResult } from './result.js'
export { Simulation } from './simulation.js'
export type {
  RunHooks,
  SimulationOptions,
  WireSetup,
  WireTransportFactory,
} from './simulation-options.js'
