export { Fleet, type FleetOptions } from './fleet.js'
