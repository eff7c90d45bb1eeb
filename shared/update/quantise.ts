import { kernels } from '../kernels/index.js'
import type { Random } from '../random/index.js'
import { type Layout, type Segment, segmentSize, segmentWidth } from './layout.js'
import type { SegmentSums, Update } from './update.js'

/**
 * Adds a clipped update into `into` as integers, modulo 2^32 (hence modulo every 2^b).
 *
 * A coordinate x becomes s*x, s = (2^(q-1) - 1) / range, rounded up with probability equal to its fraction
 * (stochastic rounding), so that the sum over devices is unbiased. The draw is asked for by coordinate:
 * sparse and dense updates, one accumulator per device or one per worker, all give the same integers.
 *
 * @param bits q, the bits of one quantised value, 2..31
 */
export function addQuantised(
  update: Update,
  layout: Layout,
  bits: number,
  random: Random,
  into: Uint32Array,
): void {
  const sums = new Int32Array(into.buffer, into.byteOffset, into.length)
  let offset = 0
  for (const segment of layout) {
    const part = update[segment.name]
    if (part !== undefined) {
      const quantiser = { scale: scaleOf(segment, bits), limit: 2 ** (bits - 1) - 1, random, sums }
      const { rows, values } = part
      if (rows) {
        const width = segmentWidth(segment)
        const starts = new Uint32Array(rows.length)
        for (let r = 0; r < rows.length; r++) starts[r] = offset + rows[r]! * width
        addRows(values, starts, width, quantiser)
      } else addRows(values, Uint32Array.of(offset), values.length, quantiser)
    }
    offset += segmentSize(segment)
  }
}

interface Quantiser {
  readonly scale: number
  readonly limit: number
  readonly random: Random
  /** The accumulator as signed words: the same bits, and cheaper to add to. */
  readonly sums: Int32Array
}

/** Coordinates that are quantised at a time. */
const BATCH = 4096
const words = new Uint32Array(BATCH)
const rounded = new Int32Array(BATCH)

/** Quantises rows of `width` values into the coordinates that begin at starts[r] for row r. */
function addRows(values: Float64Array, starts: Uint32Array, width: number, to: Quantiser): void {
  if (width <= BATCH) {
    const rows = Math.floor(BATCH / width)
    for (let row = 0; row < starts.length; row += rows) {
      const some = starts.subarray(row, row + rows)
      addBatch(values.subarray(row * width, (row + some.length) * width), some, width, to)
    }
    return
  }
  for (let row = 0; row < starts.length; row++) {
    const line = values.subarray(row * width, (row + 1) * width)
    for (let c = 0; c < width; c += BATCH) {
      const some = line.subarray(c, c + BATCH)
      addBatch(some, Uint32Array.of(starts[row]! + c), some.length, to)
    }
  }
}

function addBatch(values: Float64Array, starts: Uint32Array, width: number, to: Quantiser): void {
  const { sums } = to
  to.random.fill(starts, width, words)
  kernels().roundWords(values, words, to.scale, to.limit, rounded)
  let i = 0
  for (let r = 0; r < starts.length; r++) {
    const end = starts[r]! + width
    for (let at = end - width; at < end; at++) sums[at] = (sums[at]! + rounded[i++]!) | 0
  }
  // They tell of a shopper's history, and stay when the call is over.
  words.fill(0, 0, values.length)
  rounded.fill(0, 0, values.length)
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

/** Turns lifted integer sums back into real units, by segment: the inverse of {@link addQuantised}. */
export function dequantise(sums: Float64Array, layout: Layout, bits: number): SegmentSums {
  const bySegment: Record<string, Float64Array> = {}
  let offset = 0
  for (const segment of layout) {
    const size = segmentSize(segment)
    const scale = scaleOf(segment, bits)
    const values = new Float64Array(size)
    for (let i = 0; i < size; i++) values[i] = sums[offset + i]! / scale
    bySegment[segment.name] = values
    offset += size
  }
  return bySegment
}

/** Integer steps per unit. */
function scaleOf(segment: Segment, bits: number): number {
  return (2 ** (bits - 1) - 1) / segment.range
}
