import type { Random } from '../random/index.js'
import type { Grid } from './grid.js'
import { type Layout, type Segment, segmentSize, segmentWidth } from './layout.js'
import type { SegmentSums, SegmentValues, Update } from './update.js'

/**
 * Adds a clipped update into `into` as integers, modulo 2^32 (hence modulo every 2^b).
 *
 * A coordinate x becomes s*x, s = the steps of its segment's unit, cut to the grid's limit and rounded up with
 * probability equal to its fraction (stochastic rounding), so that the sum over devices is unbiased. Draws are asked
 * for by coordinate: sparse and dense updates, one accumulator per device or one per worker, all give the same integers.
 * Rows of columns are rounded by crossed draws, a row's and a column's added: pairwise independent.
 */
export function addQuantised(
  update: Update,
  layout: Layout,
  grid: Grid,
  random: Random,
  into: Uint32Array,
): void {
  addSegments(update, layout, grid, { random, crossed: true }, into)
}

/** A segment without columns is one row. */
function addSegments(
  update: Update,
  layout: Layout,
  { scales, limit }: Grid,
  { random, crossed }: { readonly random: Random; readonly crossed: boolean },
  into: Uint32Array,
): void {
  eachSegment(update, layout, ({ rows, values }, segment, index, from) => {
    const columns = segmentWidth(segment)
    const isCrossed = crossed && columns > 1
    const width = rows || isCrossed ? columns : values.length
    const starts = rows ?? (isCrossed ? allRows(segment.shape[0]!) : WHOLE_SEGMENT)
    const scale = scales[index]!
    random.addRounded({ values, starts, each: width, from, width, scale, limit, crossed: isCrossed }, into)
  })
}

let rowNumbers = new Int32Array(0)

/** 0 .. count - 1. */
function allRows(count: number): Int32Array {
  if (rowNumbers.length < count) rowNumbers = Int32Array.from({ length: count }, (_, row) => row)
  return rowNumbers.subarray(0, count)
}

/**
 * As {@link addQuantised}, but draws again until the integers have an L2 norm of at most `bound` (conditional
 * stochastic rounding; Kairouz, Liu, Steinke 2021, "The Distributed Discrete Gaussian Mechanism for Federated Learning
 * with Secure Aggregation", algorithm 1): rounding makes a vector longer, and noise is sized for the bound. That it is
 * kept is checked in whole numbers, whatever came before: what is longer says nothing.
 *
 * @param bound in steps, >= the norm that `roundedNormBound` gives
 */
export function addBounded(
  update: Update,
  layout: Layout,
  grid: Grid,
  bound: number,
  random: Random,
  into: Uint32Array,
): void {
  const rounded = new Uint32Array(into.length)
  let source = random
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    addSegments(update, layout, grid, { random: source, crossed: false }, rounded)
    if (squaresOf(rounded, update, layout) <= bound * bound) {
      moveInto(rounded, update, layout, into)
      return
    }
    forget(rounded, update, layout)
    source = source.again()
  }
}

/** A dense segment is one row. */
const WHOLE_SEGMENT = Int32Array.of(0)

/** A draw fits with probability 1 - e^-1/2 at least, all of these fail with one below 2^-46. */
const MOST_ATTEMPTS = 64

function eachSegment(
  update: Update,
  layout: Layout,
  act: (part: SegmentValues, segment: Segment, index: number, offset: number) => void,
): void {
  let offset = 0
  for (let index = 0; index < layout.length; index++) {
    const segment = layout[index]!
    const part = update[segment.name]
    if (part !== undefined) act(part, segment, index, offset)
    offset += segmentSize(segment)
  }
}

/** The stretches of the vector that an update says something about; all others are zero. */
function eachStretch(update: Update, layout: Layout, act: (from: number, to: number) => void): void {
  eachSegment(update, layout, ({ rows, values }, segment, _, offset) => {
    if (!rows) act(offset, offset + values.length)
    else {
      const width = segmentWidth(segment)
      for (const row of rows) act(offset + row * width, offset + (row + 1) * width)
    }
  })
}

function squaresOf(words: Uint32Array, update: Update, layout: Layout): number {
  let squares = 0
  eachStretch(update, layout, (from, to) => {
    for (let j = from; j < to; j++) squares += (words[j]! | 0) * (words[j]! | 0)
  })
  return squares
}

function moveInto(words: Uint32Array, update: Update, layout: Layout, into: Uint32Array): void {
  eachStretch(update, layout, (from, to) => {
    for (let j = from; j < to; j++) {
      into[j]! += words[j]!
      words[j] = 0
    }
  })
}

function forget(words: Uint32Array, update: Update, layout: Layout): void {
  eachStretch(update, layout, (from, to) => words.fill(0, from, to))
}

/**
 * Reads integers mod 2^b as signed ones: [0, 2^(b-1)) as they are, the rest less 2^b. Sums of groups are
 * added in these, 53 bits wide.
 */
export function liftSum(words: Uint32Array, modulusBits: number): Float64Array {
  const shift = 32 - modulusBits
  const lifted = new Float64Array(words.length)
  for (let i = 0; i < words.length; i++) lifted[i] = (words[i]! << shift) >> shift
  return lifted
}

/**
 * Turns lifted integer sums back into real units, by segment: the inverse of {@link addQuantised}. In place: a model's
 * sums may be large, and segments are parts of them.
 */
export function dequantise(sums: Float64Array, layout: Layout, grid: Grid): SegmentSums {
  const bySegment: Record<string, Float64Array> = {}
  let offset = 0
  for (let index = 0; index < layout.length; index++) {
    const segment = layout[index]!
    const size = segmentSize(segment)
    const values = sums.subarray(offset, offset + size)
    divide(values, grid.scales[index]!)
    bySegment[segment.name] = values
    offset += size
  }
  return bySegment
}

function divide(values: Float64Array, by: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! / by
}
