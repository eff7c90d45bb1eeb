import type { Kernels, NewtonSteps } from './kernels.js'
import { addGram, dot, multiplySymmetric, packedTriangle, solveSymmetric, sumOfSquares } from './linear.js'
import { threefry2x32 } from './threefry.js'

/** The kernels in TypeScript: the reference of their twin, and what runs where it cannot. */
export const plainKernels: Kernels = {
  name: 'plain',
  addGram,
  foldIn,
  gradients,
  newtonSteps,
  clip,
  drawWords,
  roundWords,
}

function foldIn(gram: Float64Array, alpha: number, ridge: number, x: Float32Array, w: Float64Array): void {
  const k = w.length
  const a = new Float64Array(gram.length)
  for (let p = 0; p < a.length; p++) a[p] = gram[p]! * alpha
  addGram(a, x, x.length / k, k)
  addToDiagonal(a, k, ridge)
  w.fill(0)
  for (let at = 0; at < x.length; at += k) for (let c = 0; c < k; c++) w[c]! += x[at + c]!
  if (!solveSymmetric(a, w, k)) w.fill(0)
}

function gradients(x: Float32Array, w: Float64Array, out: Float64Array): void {
  const k = w.length
  for (let at = 0; at < x.length; at += k) {
    const error = dot(w, x, at, k) - 1
    for (let c = 0; c < k; c++) out[at + c] = error * w[c]!
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

function clip(values: Float64Array, norm: number, range: number): boolean {
  const scaled = scaleToNorm(values, norm)
  return cutToRange(values, range) || scaled
}

function scaleToNorm(values: Float64Array, norm: number): boolean {
  const length = Math.sqrt(sumOfSquares(values))
  if (length <= norm) return false
  const factor = norm / length
  for (let i = 0; i < values.length; i++) values[i]! *= factor
  return true
}

function cutToRange(values: Float64Array, range: number): boolean {
  let cut = false
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (value > range || value < -range) {
      values[i] = value > range ? range : -range
      cut = true
    }
  }
  return cut
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

const TWO_32 = 2 ** 32

function roundWords(
  values: Float64Array,
  words: Uint32Array,
  scale: number,
  limit: number,
  out: Int32Array,
): void {
  for (let i = 0; i < values.length; i++) {
    const scaled = values[i]! * scale
    const bounded = scaled > limit ? limit : Math.max(scaled, -limit)
    const floor = Math.floor(bounded)
    const up = words[i]! < (bounded - floor) * TWO_32 ? 1 : 0
    out[i] = (floor | 0) + up
  }
}
