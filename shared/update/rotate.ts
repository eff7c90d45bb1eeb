import { log } from '../kernels/index.js'
import type { Random } from '../random/index.js'
import type { Grid } from './grid.js'
import { type Layout, layoutSize, segmentSize, segmentWidth } from './layout.js'
import { addBounded, dequantise } from './quantise.js'
import type { SegmentSums, SegmentValues, Update } from './update.js'

/** A vector has a coordinate that is cut with a probability below this. */
const CUT_PROBABILITY = 2 ** -20

/**
 * Largest absolute value of a rotated coordinate, in steps, of a vector that is `norm` steps long. Each is a sum of 2^k
 * coordinates times random signs, over their root: by Hoeffding it is beyond t with a probability of at most
 * 2 exp(-t^2 2^k / (2 norm^2)), for signs that are independent of the vector. Times the coordinates that is 2^-20 for
 * the limit here (Ailon, Chazelle 2006, "Approximate Nearest Neighbors and the Fast Johnson-Lindenstrauss Transform",
 * lemma 1; Kairouz, Liu, Steinke 2021, section 5, on flattening). What is beyond it is cut, which makes no vector longer:
 * privacy does not rest on the signs.
 *
 * @param size coordinates of the vector
 */
export function rotatedLimit(size: number, norm: number): number {
  const exponent = log(2) + log(size) - log(CUT_PROBABILITY)
  return Math.min(norm, Math.ceil(norm * Math.sqrt((2 * exponent) / largestPower(size))))
}

/**
 * Multiplies by the Walsh-Hadamard matrix over the square root of its size, in place: its own inverse, and no vector
 * grows longer. Additions are in a fixed order, so that the result is the same to the bit everywhere.
 * @param values as many as a power of two
 */
export function walshHadamard(values: Float64Array): void {
  const size = values.length
  for (let half = 1; half < size; half *= 2) {
    for (let from = 0; from < size; from += 2 * half) {
      for (let i = from; i < from + half; i++) {
        const a = values[i]!
        const b = values[i + half]!
        values[i] = a + b
        values[i + half] = a - b
      }
    }
  }
  const shrink = 1 / Math.sqrt(size)
  for (let i = 0; i < size; i++) values[i]! *= shrink
}

/**
 * An update in steps of the grid, all segments in one vector, rotated, so that no coordinate holds much of its norm.
 *
 * A transform takes as many coordinates as a power of two: there is one over the first 2^k of the vector and one over
 * the last, which overlap (as in RaBitQ-Library, rotator.hpp, FhtKacRotator). Zeros up to the next power would have
 * to be sent with noise on them.
 * @param signs public: the same for all devices of a round, and its coordinator
 */
export function rotate(update: Update, layout: Layout, grid: Grid, signs: Random): Float64Array {
  const steps = stepsOf(update, layout, grid)
  for (const stretch of stretchesOf(steps)) {
    flip(stretch, signs)
    walshHadamard(stretch.values)
  }
  return steps
}

/** As `addBounded`, of the rotated update. */
export function addRotated(
  update: Update,
  layout: Layout,
  grid: Grid,
  { bound, signs, random }: { readonly bound: number; readonly signs: Random; readonly random: Random },
  into: Uint32Array,
): void {
  const rotated = { [ROTATED]: { values: rotate(update, layout, grid, signs) } }
  addBounded(rotated, rotatedLayout(layout), { scales: [1], limit: grid.limit }, bound, random, into)
}

/** Turns lifted sums of rotated vectors back into real units, by segment, in place: the inverse of {@link addRotated}. */
export function dequantiseRotated(
  sums: Float64Array,
  layout: Layout,
  grid: Grid,
  signs: Random,
): SegmentSums {
  for (const stretch of stretchesOf(sums).toReversed()) {
    walshHadamard(stretch.values)
    flip(stretch, signs)
  }
  return dequantise(sums, layout, grid)
}

const ROTATED = 'rotated'

function rotatedLayout(layout: Layout): Layout {
  return [{ name: ROTATED, shape: [layoutSize(layout)], range: 1, clip: 1, weight: 1 }]
}

function stepsOf(update: Update, layout: Layout, grid: Grid): Float64Array {
  const steps = new Float64Array(layoutSize(layout))
  let offset = 0
  layout.forEach((segment, index) => {
    const part = update[segment.name]
    const into = steps.subarray(offset, offset + segmentSize(segment))
    if (part) addSteps(part, segmentWidth(segment), grid.scales[index]!, into)
    offset += into.length
  })
  return steps
}

/** A row that is given twice counts twice, as it does without rotation. */
function addSteps({ rows, values }: SegmentValues, width: number, scale: number, into: Float64Array): void {
  if (!rows) for (let i = 0; i < values.length; i++) into[i] = values[i]! * scale
  else {
    rows.forEach((row, r) => {
      for (let i = 0; i < width; i++) into[row * width + i]! += values[r * width + i]! * scale
    })
  }
}

/** Where a transform works: a part of a vector, and the place of its first sign's word. */
interface Stretch {
  readonly values: Float64Array
  readonly word: number
}

function stretchesOf(steps: Float64Array): readonly Stretch[] {
  const length = largestPower(steps.length)
  const first = { values: steps.subarray(0, length), word: 0 }
  if (length === steps.length) return [first]
  return [first, { values: steps.subarray(steps.length - length), word: wordsFor(length) }]
}

/** The largest power of two up to `size`, which is at least 1. */
function largestPower(size: number): number {
  let power = 1
  while (2 * power <= size) power *= 2
  return power
}

function wordsFor(length: number): number {
  return Math.ceil(length / 32)
}

/** Multiplies by signs: one bit of a word for each coordinate, lowest first. */
function flip({ values, word }: Stretch, signs: Random): void {
  const words = new Uint32Array(wordsFor(values.length))
  signs.fill(Uint32Array.of(word), words.length, words)
  for (let j = 0; j < values.length; j++) {
    if (((words[j >>> 5]! >>> (j & 31)) & 1) === 1) values[j] = -values[j]!
  }
}
