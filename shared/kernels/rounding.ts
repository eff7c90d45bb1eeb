import { threefry13 } from './threefry.js'

/** Numbers of either precision. */
export type Numbers = Float64Array | Float32Array

/** Rows of values that are to be rounded at random and added to sums. */
export interface Rounding {
  /** As many rows of `width` values as there are starts. */
  readonly values: Numbers
  /** Row r begins at coordinate from + each * starts[r]: at starts[r] where neither is said. */
  readonly starts: Uint32Array | Int32Array
  readonly each?: number
  readonly from?: number
  readonly width: number
  /** Steps in one unit of the values. */
  readonly scale: number
  /** Steps to which a value is cut, either way: a whole number below 2^30. */
  readonly limit: number
}

/** The 64-bit key of a stream of draws. */
export interface StreamKey {
  readonly k0: number
  readonly k1: number
}

/** Draws of a step's 2^8 parts. A value is first rounded to a whole number of parts, which is less than 2^38. */
const PARTS = 256
/** Added and taken away again, it rounds what is less than 2^51 to the nearest whole number, ties to even. */
const WHOLE = 1.5 * 2 ** 52

const block = new Int32Array(2)

/** See `addRounded` in ./kernels.ts. */
export function addRounded(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void {
  const { values, starts, width, each = 1, from = 0, scale, limit } = rounding
  const step = scale * PARTS
  const high = limit * PARTS
  const low = -high
  for (let r = 0, i = 0; r < starts.length; r++) {
    const start = from + each * starts[r]!
    for (let j = start; j < start + width; j++, i++) {
      const parts = values[i]! * step
      const notHigher = Number.isNaN(parts) ? high : Math.min(parts, high)
      const whole = Math.max(notHigher, low) + WHOLE - WHOLE
      const draw = draws instanceof Uint8Array ? draws[i]! : byteOf(draws, j, j === start)
      into[j]! += Math.floor((whole + draw) / PARTS)
    }
  }
}

/** Byte j & 7 of block j >> 3, lowest byte of each word first. */
function byteOf({ k0, k1 }: StreamKey, j: number, first: boolean): number {
  if (first || (j & 7) === 0) threefry13(k0, k1, j >>> 3, 0, block)
  return (block[(j >> 2) & 1]! >>> ((j & 3) << 3)) & 0xff
}
