import type { Kernels } from './kernels.js'
import { plainKernels } from './plain.js'
import { simdKernels } from './simd.js'

export { type DrawnGroups, freeRows, type GroupDraws } from './group-draws.js'
export { invertPositiveDefinite } from './inverse.js'
export type { Kernels, NewtonSteps } from './kernels.js'
export { addOuter, dot, multiplySymmetric, packedTriangle, quotients, solveSymmetric } from './linear.js'
export type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'
export { exp, log, pow } from './math.js'
export { plainKernels } from './plain.js'
export type { Numbers, Rounding, StreamKey } from './rounding.js'
export { threefry2x32 } from './threefry.js'

let chosen: Kernels | undefined

/** The hot loops: in WebAssembly where the platform can, in TypeScript elsewhere, the same to the bit. */
export function kernels(): Kernels {
  chosen ??= simdKernels() ?? plainKernels
  return chosen
}
