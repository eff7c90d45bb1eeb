export { checkTensors } from './check.js'
export { ials } from './ials.js'
export { joinRows } from './join-rows.js'
export { makeModel } from './make.js'
export {
  checkPart,
  decodeModel,
  type EncodedModel,
  encodeModel,
  type Manifest,
  modelHash,
  type Part,
  parseManifest,
} from './manifest.js'
export type {
  DeviceContext,
  Model,
  ModelFactory,
  ModelState,
  ModelTask,
  SettingRule,
  Tensor,
  Tensors,
} from './model.js'
export { popularity } from './popularity.js'
export { type FullRanking, gainAt, hitAt, pessimisticRank, ranksAmongAll, topRows } from './rank.js'
export { BUILT_IN, createModel, MODELS } from './registry.js'
export { namedSettings, readableSettings } from './settings.js'
