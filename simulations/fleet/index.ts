export { Fleet, type FleetOptions } from './fleet.js'
export { isLost, isLostIn, lose, type SharedLosses, sharedLosses } from './losses.js'
