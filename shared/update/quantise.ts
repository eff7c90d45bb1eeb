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
  let offset = 0
  for (const segment of layout) {
    const part = update[segment.name]
    if (part !== undefined) {
      const { rows, values } = part
      const width = rows ? segmentWidth(segment) : values.length
      const starts = rows ? startsOf(rows, offset, width) : Uint32Array.of(offset)
      const rounding = { values, starts, width, scale: scaleOf(segment, bits), limit: 2 ** (bits - 1) - 1 }
      random.addRounded(rounding, into)
    }
    offset += segmentSize(segment)
  }
}

/** The coordinates at which rows of a segment begin. */
function startsOf(rows: Int32Array, offset: number, width: number): Uint32Array {
  const starts = new Uint32Array(rows.length)
  for (let r = 0; r < rows.length; r++) starts[r] = offset + rows[r]! * width
  return starts
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
