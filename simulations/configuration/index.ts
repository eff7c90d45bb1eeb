export { environmentLayer } from './environment.js'
export {
  flagOf,
  InvalidValue,
  type Option,
  type Options,
  type Values,
  type ValuesOf,
} from './option.js'
export { SIMULATE_OPTIONS, type SimulateOptions, type SimulateValues } from './options.js'
export type { Layer, Place, Places } from './place.js'
export { decidingValues, type Resolved, resolve, runValues } from './resolve.js'
export { configurationSchema } from './schema.js'
export { datasetOf, simulationConfiguration } from './setup.js'
