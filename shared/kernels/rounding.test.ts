import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { addRounded, type Rounding, type StreamKey } from './rounding.js'
import { threefry13 } from './threefry.js'

describe('threefry2x32-13', () => {
  // Random123, tests/kat_vectors: "threefry2x32 13".
  it.each([
    [0, 0, 0, 0, 0x9d1c5ec6, 0x8bd50731],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xfd36d048, 0x2d17272c],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xba3e4725, 0xf27d669e],
  ])('agrees with the published vector under key %i %i', (k0, k1, c0, c1, x0, x1) => {
    const block = new Int32Array(2)
    threefry13(k0, k1, c0, c1, block)
    expect([...new Uint32Array(block.buffer)]).toEqual([x0, x1])
  })
})

describe('addRounded', () => {
  const one = (
    value: number,
    limit: number,
    Values: typeof Float64Array | typeof Float32Array = Float64Array,
  ) => ({
    values: Values.of(value),
    starts: Uint32Array.of(0),
    width: 1,
    scale: 1,
    limit,
  })
  const precisions = [
    ['64 bits', Float64Array, 2 ** 30 - 1, 40_000],
    ['32 bits', Float32Array, 2 ** 30 - 1, 40_000],
    ['32 bits within 2^15', Float32Array, 2 ** 15 - 1, 32_767],
  ] as const
  const rounded = (rounding: Rounding, draw: number) => {
    const into = new Uint32Array(1)
    addRounded(rounding, Uint8Array.of(draw), into)
    return into[0]! | 0
  }

  it.each(precisions)('is x on average over all draws, to 2^-8: %s', (_, Values, limit, most) => {
    fc.assert(
      fc.property(fc.double({ min: -most, max: most, noNaN: true }), (value) => {
        const rounding = one(value, limit, Values)
        const [x] = rounding.values as Float64Array
        // It goes up from one draw on: the least, by bisection.
        const down = Math.floor(x!)
        let [low, high] = [0, 256]
        while (low < high) {
          const middle = (low + high) >> 1
          if (rounded(rounding, middle) > down) high = middle
          else low = middle + 1
        }
        expect(rounded(rounding, 255)).toBeLessThanOrEqual(down + 1)
        expect(Math.abs(down + (256 - low) / 256 - x!)).toBeLessThanOrEqual(2 ** -8)
      }),
    )
  })

  it.each(precisions)(
    'never moves a whole step, and cuts to the limit what is beyond it or no number: %s',
    (_, Values, limit) => {
      for (const draw of [0, 1, 255]) {
        for (const step of [0, -0, 1, -1, 127, -127, 32_767, -32_767]) {
          expect(rounded(one(step, limit, Values), draw)).toBe(step + 0)
        }
        expect(rounded(one(200, 127, Values), draw)).toBe(127)
        expect(rounded(one(-Infinity, 127, Values), draw)).toBe(-127)
        expect(rounded(one(NaN, 127, Values), draw)).toBe(127)
      }
    },
  )

  it('draws for coordinate j the byte j & 7 of block j >> 3, lowest bytes first', () => {
    const block = new Int32Array(2)
    for (let j = 0; j < 20; j++) {
      threefry13(5, 6, j >> 3, 0, block)
      const byte = new Uint8Array(block.buffer)[j & 7]!
      // What goes up under this draw, and what just does not.
      const up = (128 - (byte >> 1)) / 128
      for (const [fraction, expected] of [
        [up, 1],
        [up - 2 ** -7, 0],
      ] as const) {
        const into = new Uint32Array(20)
        addRounded({ ...one(fraction, 9), starts: Uint32Array.of(j) }, { k0: 5, k1: 6 }, into)
        expect(into[j]).toBe(expected)
      }
    }
  })

  /** The draws, 7 bits, that values of rows and columns are rounded by: found by what goes up. */
  const drawsOf = (
    rounding: Pick<Rounding, 'starts' | 'each' | 'from' | 'width'>,
    draws: Uint8Array | StreamKey,
  ) => {
    const count = rounding.starts.length * rounding.width
    const ups = new Int32Array(count)
    for (let part = 1; part < 128; part++) {
      const into = new Uint32Array(600)
      const values = new Float64Array(count).fill(part / 128)
      addRounded({ ...rounding, values, scale: 1, limit: 9, crossed: true }, draws, into)
      rounding.starts.forEach((row, r) => {
        const start = rounding.from! + rounding.each! * row
        for (let c = 0; c < rounding.width; c++) ups[r * rounding.width + c]! += into[start + c]!
      })
    }
    return ups
  }

  it('crossed, adds the byte of the row to that of the column: given columns first', () => {
    const rounding = { starts: Uint32Array.of(3, 1), each: 3, from: 10, width: 3 }
    const draws = drawsOf(rounding, Uint8Array.of(10, 20, 255, 40, 251))
    expect([...draws]).toEqual([50, 60, 295 - 256, 261 - 256, 271 - 256, 506 - 256].map((sum) => sum >> 1))
  })

  it('crossed, draws rows from counters 2^30 on by where they begin, columns from 2^31 on by eight', () => {
    const bytes = (counter: number) => {
      const block = new Int32Array(2)
      threefry13(5, 6, counter, 0, block)
      return new Uint8Array(block.buffer)
    }
    const [from, width] = [7, 19]
    const starts = Uint32Array.of(4, 0, 11)
    const draws = drawsOf({ starts, each: width, from, width }, { k0: 5, k1: 6 })
    starts.forEach((row, r) => {
      const [more] = bytes(2 ** 30 + from + row * width)
      for (let c = 0; c < width; c++) {
        const sum = (bytes(2 ** 31 + from + (c >> 3))[c & 7]! + more!) & 255
        expect(draws[r * width + c]).toBe(sum >> 1)
      }
    })
  })

  it.each([false, true])('leaves no copy of the draws behind: crossed, %s', (crossed) => {
    const made: Uint8Array[] = []
    const Bytes = Uint8Array
    class Watched extends Bytes {
      constructor(...given: [number]) {
        super(...given)
        made.push(this)
      }
    }
    const draws = new Watched(9).fill(77)
    const rounding = { values: new Float64Array(6).fill(0.5), starts: Uint32Array.of(0, 3), width: 3 }
    vi.stubGlobal('Uint8Array', Watched)
    try {
      addRounded({ ...rounding, scale: 1, limit: 9, crossed }, draws, new Uint32Array(6))
    } finally {
      vi.unstubAllGlobals()
    }
    const others = made.filter(({ buffer }) => buffer !== draws.buffer)
    expect(others).toHaveLength(1)
    expect([...others[0]!]).toEqual([0, 0, 0])
  })

  it('adds modulo 2^32', () => {
    const into = Uint32Array.of(0, 2 ** 32 - 1)
    const rounding = { ...one(0, 9), values: Float64Array.of(-1, 3), width: 2 }
    addRounded(rounding, Uint8Array.of(9, 9), into)
    expect([...into]).toEqual([2 ** 32 - 1, 2])
  })
})
