import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { threefry2x32 } from '../kernels/index.js'
import { Draws } from './draws.js'
import { SecureRandom, SeededRandom } from './random.js'

describe('threefry2x32-20', () => {
  // Random123 1.14, tests/kat_vectors: "threefry2x32 20".
  it.each([
    [0, 0, 0, 0, 0x6b200159, 0x99ba4efe],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x1cb996fc, 0xbb002be7],
    [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3, 0xc4923a9c, 0x483df7a0],
  ])('agrees with the published vector under key %i %i', (k0, k1, c0, c1, x0, x1) => {
    const block = new Int32Array(2)
    threefry2x32(k0, k1, c0, c1, block)
    expect([...new Uint32Array(block.buffer)]).toEqual([x0, x1])
  })
})

describe('SeededRandom', () => {
  const at = { seed: 7, round: 3, device: 11, purpose: 'rounding' } as const

  it('answers a coordinate alike in any order of asking', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(10_000), { minLength: 1, maxLength: 50 }), (indices) => {
        const forward = new SeededRandom(at)
        const backward = new SeededRandom(at)
        const words = new Map(indices.map((i) => [i, forward.word(i)]))
        for (const i of indices.toReversed()) expect(backward.word(i)).toBe(words.get(i))
      }),
    )
  })

  it('fills rows with the words of their coordinates, wherever they start', () => {
    const starts = fc.array(fc.nat(10_000), { maxLength: 8 })
    fc.assert(
      fc.property(starts, fc.nat(40), (starts, width) => {
        const filled = new Uint32Array(starts.length * width + 3)
        new SeededRandom(at).fill(Uint32Array.from(starts), width, filled)
        const source = new SeededRandom(at)
        const asked = starts.flatMap((start) =>
          Array.from({ length: width }, (_, i) => source.word(start + i)),
        )
        expect([...filled]).toEqual([...asked, 0, 0, 0])
      }),
    )
  })

  it('rounds a coordinate alike in whatever row it stands', () => {
    const rounding = { width: 1, scale: 1, limit: 9 }
    const whole = new Uint32Array(200)
    const values = new Float64Array(200).fill(0.5)
    new SeededRandom(at).addRounded({ ...rounding, values, starts: Uint32Array.of(0), width: 200 }, whole)
    expect(new Set(whole)).toEqual(new Set([0, 1]))
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(199), { maxLength: 20 }), (starts) => {
        const sparse = new Uint32Array(200)
        const some = values.subarray(0, starts.length)
        new SeededRandom(at).addRounded(
          { ...rounding, values: some, starts: Uint32Array.from(starts) },
          sparse,
        )
        expect([...sparse]).toEqual([...whole].map((word, j) => (starts.includes(j) ? word : 0)))
      }),
    )
  })

  it('draws apart for another seed, round, device or purpose', () => {
    const base = new SeededRandom(at).word(0)
    const others = [
      { seed: 8 },
      { seed: 7 + 2 ** 32 },
      { round: 4 },
      { device: 12 },
      { purpose: 'latency' as const },
    ]
    for (const change of others) expect(new SeededRandom({ ...at, ...change }).word(0)).not.toBe(base)
  })
})

describe('SeededRandom, again and spare', () => {
  const at = { seed: 7, round: 3, device: 11, purpose: 'noise' } as const
  const words = (random: SeededRandom) => Array.from({ length: 8 }, (_, i) => random.word(i))
  const filled = (random: SeededRandom) => {
    const out = new Uint32Array(8)
    random.fill(Uint32Array.of(0), 8, out)
    return [...out]
  }

  it('leave the streams of a seed what they have always been', () => {
    const random = new SeededRandom({ ...at, purpose: 'rounding' })
    expect([0, 1, 2, 1000].map((i) => random.word(i))).toEqual([
      3874804616, 1301589191, 836251105, 3440934754,
    ])
  })

  it('are streams of their own, alike whenever they are asked for', () => {
    const random = new SeededRandom(at)
    const before = [random.again(), random.spare()].map(words)
    random.word(5)
    expect([random.again(), random.spare()].map(words)).toEqual(before)
    expect([random.again(), random.spare()].map(filled)).toEqual(before)
    expect(words(new SeededRandom({ ...at, device: 12 }).again())).not.toEqual(before[0])
    const all = [
      random,
      random.again(),
      random.again().again(),
      random.spare(),
      random.spare().again(),
      random.again().spare(),
    ].flatMap(words)
    expect(new Set(all).size).toBe(all.length)
  })

  it('are pinned', () => {
    const random = new SeededRandom(at)
    expect([random.again().word(0), random.spare().word(0)]).toEqual([648066439, 3548127472])
  })

  it('round by streams of their own, too', () => {
    const rounding = { width: 99, scale: 1, limit: 9, starts: Uint32Array.of(0) }
    const values = new Float64Array(99).fill(0.5)
    const rounded = [new SeededRandom(at), new SeededRandom(at).again()].map((random) => {
      const into = new Uint32Array(99)
      random.addRounded({ ...rounding, values }, into)
      return into
    })
    expect(rounded[0]).not.toEqual(rounded[1])
  })
})

describe('SecureRandom', () => {
  it('never answers alike, and so is its own second attempt', () => {
    const random = new SecureRandom()
    expect(random.again()).toBe(random)
    expect(random.spare()).toBe(random)
  })

  it('fills much at once, shared memory too, and leaves no copy behind', () => {
    const asked: Uint32Array[] = []
    let next = 1
    vi.stubGlobal('crypto', {
      getRandomValues: (array: Uint32Array) => {
        if (array.byteLength > 65_536) throw new Error('QuotaExceededError')
        if (!(array.buffer instanceof ArrayBuffer)) throw new TypeError('shared')
        asked.push(array)
        for (let i = 0; i < array.length; i++) array[i] = next++
        return array
      },
    })
    try {
      const out = new Uint32Array(new SharedArrayBuffer(4 * 20_001))
      new SecureRandom().fill(Uint32Array.of(3, 9), 10_000, out)
      expect([...out]).toEqual(Array.from({ length: 20_001 }, (_, i) => (i === 20_000 ? 0 : i + 1)))
      expect(asked.map((array) => array.length)).toEqual([16_384, 3616])
      for (const array of asked) expect(array.every((word) => word === 0)).toBe(true)
    } finally {
      vi.unstubAllGlobals()
    }
  })

  it('forgets each word as it hands it out', () => {
    let buffer!: Uint32Array
    vi.stubGlobal('crypto', {
      getRandomValues: (array: Uint32Array) => {
        buffer = array
        for (let i = 0; i < array.length; i++) array[i] = i + 1
      },
    })
    try {
      const random = new SecureRandom()
      const filled = new Uint32Array(4)
      const word = random.word()
      random.fill(Uint32Array.of(7, 9), 2, filled)
      expect([word, ...filled]).toEqual([1, 2, 3, 4, 5])
      expect([...buffer.subarray(0, 7)]).toEqual([0, 0, 0, 0, 0, 6, 7])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('SecureRandom, rounding', () => {
  it('draws as much at once as the platform answers, and leaves no draw behind', () => {
    const asked: Uint8Array[] = []
    vi.stubGlobal('crypto', {
      getRandomValues: (array: Uint8Array) => {
        if (array.byteLength > 65_536) throw new Error('QuotaExceededError')
        asked.push(array.fill(2 ** 7))
      },
    })
    try {
      const values = Float64Array.from({ length: 70_000 }, (_, i) => (i % 2 === 0 ? 0.25 : 0.75))
      const into = new Uint32Array(values.length)
      const rounding = { values, starts: Uint32Array.of(0), width: values.length, scale: 1, limit: 9 }
      new SecureRandom().addRounded(rounding, into)
      expect(into).toEqual(Uint32Array.from(values, (value) => Math.round(value)))
      expect(asked.map((array) => array.length)).toEqual([65_536, 4464])
      for (const array of asked) expect(array.every((draw) => draw === 0)).toBe(true)
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('Draws', () => {
  // Chi-square with 9 degrees of freedom exceeds 47.9 with probability 3e-7: the false-alarm rate of the
  // secure source. The seeded one is fixed, so its outcome never changes.
  it.each([
    ['seeded', () => new SeededRandom({ seed: 1, purpose: 'cohort' })],
    ['secure', () => new SecureRandom()],
  ])('below(10) from a %s source is uniform', (_, source) => {
    const draws = new Draws(source())
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) counts[draws.below(10)]!++
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0)
    expect(chiSquare).toBeLessThan(47.9)
    expect(chiSquare).toBeGreaterThan(0)
  })

  it('below(n) draws again for what would favour small numbers, and only for that', () => {
    const words = [2 ** 32 - 1, 2 ** 32 - 6, 2 ** 32 - 7, 5]
    class Given extends SeededRandom {
      override word(index: number): number {
        return words[index]!
      }
    }
    const source = () => new Draws(new Given({ seed: 1, purpose: 'cohort' }))
    // 2^32 is 6 more than a multiple of 10, and 2^32 - 7 the last word below it.
    expect(source().below(10)).toBe(9)
    expect(source().below(2 ** 32)).toBe(2 ** 32 - 1)
    expect(source().below(2 ** 31)).toBe(2 ** 31 - 1)
    expect(source().below(1)).toBe(0)
    expect(source().below(2 ** 32 - 6)).toBe(2 ** 32 - 7)
  })

  it('samples distinct members, all of them when asked for more', () => {
    const draws = new Draws(new SeededRandom({ seed: 1, purpose: 'cohort' }))
    const items = Array.from({ length: 20 }, (_, i) => i)
    expect(new Set(draws.sample(items, 8)).size).toBe(8)
    expect(draws.sample(items, 99).toSorted((a, b) => a - b)).toEqual(items)
  })

  it('refuses an empty range', () => {
    const draws = new Draws(new SecureRandom())
    for (const n of [0, -1, 1.5, 2 ** 33]) expect(() => draws.below(n)).toThrow(RangeError)
  })

  it('normal() has mean 0 and variance 1', () => {
    const draws = new Draws(new SeededRandom({ seed: 3, purpose: 'initialise' }))
    let sum = 0
    let squares = 0
    for (let i = 0; i < 20_000; i++) {
      const x = draws.normal()
      sum += x
      squares += x * x
    }
    expect(Math.abs(sum / 20_000)).toBeLessThan(0.03)
    expect(Math.abs(squares / 20_000 - 1)).toBeLessThan(0.05)
  })
})
