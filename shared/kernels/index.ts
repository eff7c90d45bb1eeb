export { addOuter, dot, gram, multiplySymmetric, packedTriangle, solveSymmetric } from './linear.js'
export { exp, log, pow } from './math.js'
