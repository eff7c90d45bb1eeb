export { SIMULATED_MASKING, type SimulatedMasking, type SimulationConfiguration } from './configuration.js'
export type { CurvePoint, SimulationResult } from './result.js'
export { type Progress, Simulation, type WireSetup, type WireTransportFactory } from './simulation.js'
