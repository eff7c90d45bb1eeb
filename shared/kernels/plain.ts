import { drawGroups } from './group-draws.js'
import type { Kernels, NewtonSteps } from './kernels.js'
import { addGram, dot, multiplySymmetric, packedTriangle, solveSymmetric, sumOfSquares } from './linear.js'
import { trainPairs, trainScores } from './plain-training.js'
import { addRounded, type Numbers } from './rounding.js'
import { threefry2x32 } from './threefry.js'

/** The kernels in TypeScript: the reference of their twin, and what runs where it cannot. */
export const plainKernels: Kernels = {
  name: 'plain',
  addGram,
  keepTable: () => {},
  foldIn,
  gradients,
  outerProducts,
  scores,
  countAtLeast,
  newtonSteps,
  clip,
  drawWords,
  addRounded,
  holdSums: () => () => {},
  lending: (act) => act(),
  numbers: (length) => new Float64Array(length),
  singles: (length) => new Float32Array(length),
  integers: (length) => new Int32Array(length),
  words: (length) => new Uint32Array(length),
  firstOf: (values, length) => values.subarray(0, length),
  trainScores,
  trainPairs,
  drawGroups,
}

function foldIn(
  gram: Float64Array,
  alpha: number,
  ridge: number,
  table: Float32Array,
  rows: Int32Array,
  w: Float64Array,
  weights?: Float32Array,
): void {
  const k = w.length
  const a = new Float64Array(gram.length)
  for (let p = 0; p < a.length; p++) a[p] = gram[p]! * alpha
  const x = gather(table, rows, k)
  w.fill(0)
  if (weights) addWeighted(a, w, x, weights)
  else {
    addGram(a, x, rows.length, k)
    for (let at = 0; at < x.length; at += k) for (let c = 0; c < k; c++) w[c]! += x[at + c]!
  }
  addToDiagonal(a, k, ridge)
  if (!solveSymmetric(a, w, k)) w.fill(0)
}

function outerProducts(x: Float64Array, times: number, products: Float64Array, scaled: Float64Array): void {
  for (let i = 0, p = 0; i < x.length; i++) {
    const xi = x[i]!
    for (let j = 0; j <= i; j++, p++) {
      const product = xi * x[j]!
      products[p] = product
      scaled[p] = product * times
    }
  }
}

/** a += XT V X, and sums += XT V 1. */
function addWeighted(a: Float64Array, sums: Float64Array, x: Float32Array, weights: Float32Array): void {
  const k = sums.length
  for (let n = 0; n < weights.length; n++) {
    const at = n * k
    for (let i = 0, p = 0; i < k; i++) {
      const scaled = weights[n]! * x[at + i]!
      sums[i]! += scaled
      for (let j = 0; j <= i; j++) a[p++]! += scaled * x[at + j]!
    }
  }
}

function gather(table: Float32Array, rows: Int32Array, k: number): Float32Array {
  const gathered = new Float32Array(rows.length * k)
  for (let r = 0; r < rows.length; r++) {
    const from = rows[r]! * k
    for (let c = 0; c < k; c++) gathered[r * k + c] = table[from + c]!
  }
  return gathered
}

function gradients(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float32Array): void {
  const k = w.length
  for (let r = 0; r < rows.length; r++) {
    const error = dot(w, table, rows[r]! * k, k) - 1
    for (let c = 0; c < k; c++) out[r * k + c] = error * w[c]!
  }
}

function scores(table: Float32Array, rows: Int32Array, w: Float64Array, out: Float64Array): void {
  for (let r = 0; r < rows.length; r++) out[r] = dot(w, table, rows[r]! * w.length, w.length)
}

function countAtLeast(
  factors: Float64Array,
  k: number,
  table: Float32Array,
  thresholds: Float64Array,
  out: Int32Array,
): void {
  for (let device = 0; device < thresholds.length; device++) {
    const w = factors.subarray(device * k, (device + 1) * k)
    const threshold = thresholds[device]!
    let count = 0
    for (let at = 0; at < table.length; at += k) if (!(dot(w, table, at, k) < threshold)) count++
    out[device] = count
  }
}

function newtonSteps(steps: NewtonSteps): void {
  const { k, alpha, eta, gram, weightedGram, table, gradient, terms } = steps
  const a = new Float64Array(gram.length)
  const h = new Float64Array(k)
  const step = new Float64Array(k)
  for (let at = 0, term = 0; at < table.length; at += k, term += 3) {
    const share = terms[term]!
    const weight = terms[term + 1]!
    const ridge = terms[term + 2]!
    for (let p = 0; p < a.length; p++) a[p] = share * weightedGram[p]! + alpha * gram[p]!
    addToDiagonal(a, k, ridge)
    for (let c = 0; c < k; c++) h[c] = table[at + c]!
    multiplySymmetric(gram, h, k, step)
    for (let c = 0; c < k; c++) step[c] = gradient[at + c]! / weight + alpha * step[c]! + ridge * h[c]!
    if (!solveSymmetric(a, step, k)) continue
    for (let c = 0; c < k; c++) table[at + c] = h[c]! - eta * step[c]!
  }
}

function addToDiagonal(a: Float64Array, k: number, value: number): void {
  for (let i = 0; i < k; i++) a[packedTriangle(i) + i]! += value
}

function clip(values: Numbers, norm: number, range: number): boolean | undefined {
  const length = Math.sqrt(sumOfSquares(values))
  if (!(length < Number.POSITIVE_INFINITY)) return undefined
  const isLonger = length > norm
  if (!isLonger && !values.some((value) => value > range || value < -range)) return false
  const factor = isLonger ? norm / length : 1
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! * factor
    values[i] = Math.max(-range, Math.min(range, value))
  }
  return true
}

const block = new Int32Array(2)

function drawWords(k0: number, k1: number, starts: Uint32Array, width: number, out: Uint32Array): void {
  let at = 0
  for (const start of starts) {
    for (let j = start; j < start + width; j++) {
      if (j === start || (j & 1) === 0) threefry2x32(k0, k1, j >>> 1, 0, block)
      out[at++] = block[j & 1]!
    }
  }
}
