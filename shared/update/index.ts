export { clipUpdate } from './clip.js'
export { type Grid, normGrid, rangeGrid } from './grid.js'
export { clipJointly } from './joint-clip.js'
export {
  type Block,
  checkLayout,
  type Layout,
  layoutSize,
  type Segment,
  segmentSize,
  segmentWidth,
} from './layout.js'
export {
  type DeviceEvaluation,
  JOINT_CLIP,
  jointNorm,
  METRICS_SEGMENT,
  metricValues,
  type RoundMetrics,
  readMetrics,
  withMetrics,
} from './metrics.js'
export { modulusBits } from './modulus.js'
export { addPacked, checkPacked, pack, packedLength, unpack } from './pack.js'
export { addBounded, addQuantised, dequantise, liftSum } from './quantise.js'
export { addRotated, dequantiseRotated, rotatedLimit } from './rotate.js'
export { checkUpdate, type SegmentSums, type SegmentValues, type Update } from './update.js'
