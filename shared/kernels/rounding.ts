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
  /**
   * A value's draw is that of its row and that of its column, added. Any two values' draws are independent then, so that
   * errors of rounding have the variances and covariances of draws of their own; three of four corners of a rectangle
   * tell the fourth.
   */
  readonly crossed?: boolean
}

/** The 64-bit key of a stream of draws. */
export interface StreamKey {
  readonly k0: number
  readonly k1: number
}

/** Draws are of a step's 2^7 parts. A value is first rounded to a whole number of parts, which is less than 2^37. */
const PARTS = 128
/** Below this limit parts of singles are singles, too: their products are less than 2^22. */
export const SINGLE_LIMIT = 2 ** 15
/** Added and taken away again, it rounds a single that is less than 2^22 to the nearest whole number, ties to even. */
const SINGLE_WHOLE = 1.5 * 2 ** 23
/** Added and taken away again, it rounds what is less than 2^51 to the nearest whole number, ties to even. */
const WHOLE = 1.5 * 2 ** 52

/** Where counters of crossed draws begin, of rows and of columns: no coordinate is that large. */
const ROW = 2 ** 30
const COLUMN = 2 ** 31

const block = new Int32Array(2)

/** See `addRounded` in ./kernels.ts. */
export function addRounded(rounding: Rounding, draws: Uint8Array | StreamKey, into: Uint32Array): void {
  const { values, starts, width, each = 1, from = 0, scale, limit } = rounding
  const whole = values instanceof Float32Array && limit < SINGLE_LIMIT ? wholeSingle : wholeDouble
  const step = scale * PARTS
  const high = limit * PARTS
  const drawRow = draws instanceof Uint8Array ? givenDraws(rounding, draws) : streamDraws(rounding, draws)
  const own = new Uint8Array(width)
  for (let r = 0, i = 0; r < starts.length; r++) {
    const start = from + each * starts[r]!
    drawRow(r, start, own)
    for (let c = 0; c < width; c++, i++) {
      into[start + c]! += Math.floor((whole(values[i]!, step, high) + (own[c]! >>> 1)) / PARTS)
    }
  }
  // Whoever drew forgets the draws afterwards: no copy of them is to outlive that.
  own.fill(0)
}

/** Writes the draws of row r, which begins at a coordinate. */
type DrawRow = (r: number, start: number, own: Uint8Array) => void

function givenDraws({ width, crossed = false }: Rounding, draws: Uint8Array): DrawRow {
  if (!crossed) return (r, _, own) => own.set(draws.subarray(r * width, (r + 1) * width))
  return (r, _, own) => cross(draws, draws[width + r]!, own)
}

function streamDraws({ width, from = 0, crossed = false }: Rounding, key: StreamKey): DrawRow {
  if (!crossed) {
    return (_, start, own) => {
      for (let c = 0; c < width; c++) own[c] = byteOf(key, (start + c) >>> 3, start + c, c === 0)
    }
  }
  const columns = new Uint8Array(width)
  for (let c = 0; c < width; c++) columns[c] = byteOf(key, COLUMN + from + (c >>> 3), c, c === 0)
  return (_, start, own) => cross(columns, byteOf(key, ROW + start, 0, true), own)
}

function cross(columns: Uint8Array, more: number, own: Uint8Array): void {
  for (let c = 0; c < own.length; c++) own[c] = columns[c]! + more
}

/** Parts of a value, cut and rounded. */
function wholeDouble(value: number, step: number, high: number): number {
  return cut(value * step, high) + WHOLE - WHOLE
}

function wholeSingle(value: number, step: number, high: number): number {
  return Math.fround(cut(Math.fround(value * Math.fround(step)), high) + SINGLE_WHOLE) - SINGLE_WHOLE
}

function cut(parts: number, high: number): number {
  return Number.isNaN(parts) ? high : Math.max(Math.min(parts, high), -high)
}

/** Byte j & 7 of a block, which is drawn for the first of its bytes and for whoever is asked about first. */
function byteOf({ k0, k1 }: StreamKey, counter: number, j: number, first: boolean): number {
  if (first || (j & 7) === 0) threefry13(k0, k1, counter, 0, block)
  return (block[(j >> 2) & 1]! >>> ((j & 3) << 3)) & 0xff
}
