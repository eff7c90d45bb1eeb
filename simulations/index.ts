export { type Dataset, loadDataset, type Split, splitDataset, syntheticDataset } from './data/index.js'
export { Fleet, type FleetOptions } from './fleet/index.js'
export { Simulation, type SimulationConfiguration, type SimulationResult } from './runner/index.js'
export { wireTransport } from './runner/wire-transport.js'
