export { type TwoPhaseDevice, twoPhase } from './two-phase-sum.js'
