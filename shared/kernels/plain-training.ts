import type { LocalTraining, PairTraining, ScoreTraining } from './local-training.js'

const fround = Math.fround
const CERTAIN = fround(1e12)

export function trainScores(training: ScoreTraining): void {
  const { k, rows, samples, own, epoch, batch, itemRate, proximal, positives } = training
  const before = takeRows(training)
  const trained = before.slice()
  const errors = new Float32Array(Math.min(batch, epoch))
  const slope = new Float32Array(k)
  const pull = fround(fround(itemRate) * fround(proximal))
  for (let begin = 0; begin < samples.length; begin += epoch) {
    for (let from = begin; from < begin + epoch; from += batch) {
      const some = samples.subarray(from, Math.min(from + batch, begin + epoch))
      const of = errors.subarray(0, some.length)
      scoreErrors(own, trained, k, some, positives, of)
      moveOwn(own, trained, k, some, of, fround(fround(training.ownRate) / some.length), slope)
      scoreErrors(own, trained, k, some, positives, of)
      if (pull !== 0) for (let row = 0; row < rows.length; row++) pullBack(trained, before, row * k, k, pull)
      const step = fround(fround(itemRate) / some.length)
      for (let s = 0; s < some.length; s++) addTo(trained, some[s]! * k, own, 0, k, -fround(step * of[s]!))
    }
  }
  tellResults(training, before, trained)
}

/** For every sample: d/dz of its loss at z = w . h + b. */
function scoreErrors(
  own: Float32Array,
  rows: Float32Array,
  k: number,
  samples: Int32Array,
  positives: number,
  errors: Float32Array,
): void {
  const bias = own[k]!
  for (let s = 0; s < samples.length; s++) {
    const place = samples[s]!
    const p = sigmoid(fround(dotSingle(own, rows, place * k, k) + bias))
    // The usual loss of (p, label) bounds p (1 - p) from below where it divides by it: no slope far out.
    const certain = fround(fround(p * fround(1 - p)) * CERTAIN)
    const error = place < positives ? fround(p - 1) : p
    errors[s] = error * Math.min(certain, 1)
  }
}

function moveOwn(
  own: Float32Array,
  rows: Float32Array,
  k: number,
  samples: Int32Array,
  errors: Float32Array,
  step: number,
  slope: Float32Array,
): void {
  slope.fill(0)
  const sums = new Float32Array(4)
  for (let s = 0; s < samples.length; s++) {
    addTo(slope, 0, rows, samples[s]! * k, k, errors[s]!)
    sums[s & 3]! += errors[s]!
  }
  addTo(own, 0, slope, 0, k, -step)
  own[k]! -= fround(step * fround(fround(sums[0]! + sums[2]!) + fround(sums[1]! + sums[3]!)))
}

export function trainPairs(training: PairTraining): void {
  const { k, samples, own: w, negatives, rate, regularisation, proximal } = training
  const before = takeRows(training)
  const trained = before.slice()
  const slopes = new Float32Array(negatives)
  const sum = new Float32Array(k)
  const keep = fround(1 - fround(fround(rate) * fround(regularisation)))
  const pull = fround(fround(rate) * fround(proximal))
  for (let at = 0; at < samples.length; at += 1 + negatives) {
    const positive = samples[at]! * k
    const group = samples.subarray(at + 1, at + 1 + negatives)
    const score = dotSingle(w, trained, positive, k)
    let all = 0
    sum.fill(0)
    for (let n = 0; n < negatives; n++) {
      slopes[n] = sigmoid(fround(dotSingle(w, trained, group[n]! * k, k) - score))
      all = fround(all + slopes[n]!)
    }
    for (let n = 0; n < negatives; n++) {
      const row = group[n]! * k
      addTo(sum, 0, trained, row, k, -slopes[n]!)
      moveRow(trained, before, row, w, k, keep, pull, -fround(fround(rate) * slopes[n]!))
    }
    addTo(sum, 0, trained, positive, k, all)
    moveRow(trained, before, positive, w, k, keep, pull, fround(fround(rate) * all))
    for (let c = 0; c < k; c++) w[c] = fround(w[c]! * keep) + fround(fround(rate) * sum[c]!)
  }
  tellResults(training, before, trained)
}

/** h = keep h + step w, and back towards the table's row. */
function moveRow(
  rows: Float32Array,
  before: Float32Array,
  row: number,
  w: Float32Array,
  k: number,
  keep: number,
  pull: number,
  step: number,
): void {
  for (let c = 0; c < k; c++) {
    const h = rows[row + c]!
    const moved = fround(fround(h * keep) + fround(step * w[c]!))
    rows[row + c] = pull === 0 ? moved : moved - fround(pull * fround(h - before[row + c]!))
  }
}

/** The table's rows. */
function takeRows({ k, table, rows }: LocalTraining): Float32Array {
  const taken = new Float32Array(rows.length * k)
  for (let row = 0; row < rows.length; row++) {
    const from = rows[row]! * k
    for (let c = 0; c < k; c++) taken[row * k + c] = table[from + c]!
  }
  return taken
}

function tellResults(training: LocalTraining, before: Float32Array, trained: Float32Array): void {
  training.trained?.set(trained)
  for (let i = 0; i < before.length; i++) training.changes[i] = fround(trained[i]! - before[i]!)
}

function pullBack(rows: Float32Array, before: Float32Array, row: number, k: number, pull: number): void {
  for (let c = row; c < row + k; c++) rows[c]! -= fround(pull * fround(rows[c]! - before[c]!))
}

/** y += factor x, for k numbers of each. */
function addTo(y: Float32Array, at: number, x: Float32Array, from: number, k: number, factor: number): void {
  for (let c = 0; c < k; c++) y[at + c]! += fround(factor * x[from + c]!)
}

/** x . y for k numbers: eight sums, one for every eighth number; those four apart are added, then as ever. */
function dotSingle(x: Float32Array, table: Float32Array, at: number, k: number): number {
  const sums = new Float32Array(8)
  for (let c = 0; c < k; c++) sums[c & 7]! += fround(x[c]! * table[at + c]!)
  for (let l = 0; l < 4; l++) sums[l]! += sums[l + 4]!
  return fround(fround(sums[0]! + sums[2]!) + fround(sums[1]! + sums[3]!))
}

const power = new Float32Array(1)
const powerBits = new Int32Array(power.buffer)
/** 1.5 * 2^23: what is added to it and taken from it again is rounded to a whole number. */
const ROUNDING = 12582912

/**
 * 1 / (1 + e^-x) in 32 bits; x is cut to +-87. Argument reduction and coefficients: Cephes (Moshier 1992),
 * single/expf.c; terms are added by pairs.
 */
export function sigmoid(x: number): number {
  const t = -x < -87 ? -87 : Math.min(-x, 87)
  const n = fround(fround(fround(t * fround(Math.LOG2E)) + ROUNDING) - ROUNDING)
  const r = fround(fround(t - fround(n * 0.693359375)) - fround(n * fround(-2.1219444e-4)))
  const square = fround(r * r)
  const first = fround(fround(r * fround(1.98756915e-4)) + fround(1.3981999507e-3))
  const second = fround(fround(r * fround(8.3334519073e-3)) + fround(4.1665795894e-2))
  const third = fround(fround(r * fround(1.6666665459e-1)) + fround(5.0000001201e-1))
  let y = fround(fround(first * square) + second)
  y = fround(fround(y * square) + third)
  y = fround(fround(y * square) + fround(r + 1))
  powerBits[0] = (n + 127) << 23
  return fround(1 / fround(1 + fround(y * power[0]!)))
}
