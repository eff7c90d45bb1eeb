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
      const width = segmentWidth(segment)
      const quantiser = { scale: scaleOf(segment, bits), limit: 2 ** (bits - 1) - 1, random, sums }
      if (!part.rows) addStretch(part.values, quantiser, 0, part.values.length, offset)
      else {
        for (let r = 0; r < part.rows.length; r++) {
          addStretch(part.values, quantiser, r * width, width, offset + part.rows[r]! * width)
        }
      }
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

const words = new Uint32Array(64)
const TWO_32 = 2 ** 32

/** Quantises `count` values from `from` on into consecutive coordinates from `start` on. */
function addStretch(values: Float64Array, to: Quantiser, from: number, count: number, start: number): void {
  const { scale, limit, random, sums } = to
  for (let done = 0; done < count; done += words.length) {
    const size = Math.min(words.length, count - done)
    random.fill(start + done, size, words)
    for (let c = 0; c < size; c++) {
      const scaled = values[from + done + c]! * scale
      const bounded = scaled > limit ? limit : Math.max(scaled, -limit)
      const floor = Math.floor(bounded)
      const up = words[c]! < (bounded - floor) * TWO_32 ? 1 : 0
      const at = start + done + c
      sums[at] = (sums[at]! + (floor | 0) + up) | 0
    }
  }
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
