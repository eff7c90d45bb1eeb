export { addGram, addOuter, dot, multiplySymmetric, packedTriangle, solveSymmetric } from './linear.js'
export { exp, log, pow } from './math.js'
