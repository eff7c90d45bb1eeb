export { clipOf } from './clip-state.js'
export { addDrawn } from './coordinator-noise.js'
export { ADAPTIVE_CLIP, privateBits, type TaskPrivacy } from './privacy.js'
export { encodeRelease, makeRelease, type Release, type RoundSum } from './release.js'
export {
  type CatalogueReference,
  catalogueReference,
  modelOf,
  TASK_DEFAULTS,
  type TaskDefinition,
} from './task.js'
