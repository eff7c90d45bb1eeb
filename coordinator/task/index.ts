export { encodeRelease, makeRelease, type Release } from './release.js'
export {
  type CatalogueReference,
  catalogueReference,
  modelOf,
  TASK_DEFAULTS,
  type TaskDefinition,
} from './task.js'
