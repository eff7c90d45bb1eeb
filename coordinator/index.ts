export { type Cadence, DEFAULT_CADENCE } from './conductor/cadence.js'
export { StatusBoard } from './conductor/status-board.js'
export {
  type CoordinatorOptions,
  type RunningCoordinator,
  startCoordinator,
  type TaskSetup,
} from './coordinator.js'
export { Gateway, type GatewaySink, systemTimers } from './gateway/index.js'
export { buildApp, type SecureSumStatus } from './http/index.js'
