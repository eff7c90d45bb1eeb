export { Gateway } from './gateway.js'
export type { GatewayLimits } from './limits.js'
export type { GatewaySink } from './sink.js'
export { systemTimers, type TimerHandle, type Timers } from './timers.js'
