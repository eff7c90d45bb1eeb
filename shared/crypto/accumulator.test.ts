import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Accumulator, BLOCK_WORDS, PlainAccumulator, simdAccumulator } from './accumulator.js'

const simd = simdAccumulator()!

const stream = fc.record({
  seed: fc.integer(),
  sign: fc.constantFrom(1 as const, -1 as const),
  /** Where in its buffer the stream begins. */
  shift: fc.nat(7),
})

function bytesOf(seed: number, length: number, shift: number): Uint8Array {
  const bytes = new Uint8Array(length + shift).subarray(shift)
  for (let i = 0; i < length; i++) bytes[i] = Math.imul(seed + i, 0x9e3779b1) >>> 24
  return bytes
}

function run(
  sum: Accumulator,
  length: number,
  streams: readonly { seed: number; sign: 1 | -1; shift: number }[],
) {
  const around = Uint32Array.from({ length: length + 2 }, (_, i) => Math.imul(i + 3, 0x85ebca6b))
  sum.begin(around.subarray(1, 1 + length))
  for (const { seed, sign, shift } of streams) sum.add(bytesOf(seed, 4 * length, shift), sign)
  sum.end()
  return around
}

describe('the accumulators', () => {
  it('are the same to the bit, wherever streams lie and whatever lay there before', () => {
    const length = fc.oneof(fc.nat(70), fc.integer({ min: BLOCK_WORDS - 40, max: BLOCK_WORDS }))
    fc.assert(
      fc.property(length, fc.array(stream, { maxLength: 5 }), (length, streams) => {
        const sums = [simd, new PlainAccumulator()].map((sum) => run(sum, length, streams).buffer)
        expect(Buffer.from(sums[0]!).equals(Buffer.from(sums[1]!))).toBe(true)
      }),
    )
  })

  it.each([
    ['simd', simd],
    ['plain', new PlainAccumulator()],
  ])('wrap modulo 2^32 (%s)', (_, sum) => {
    const block = Uint32Array.of(0xffffffff, 0, 7)
    sum.begin(block)
    sum.add(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128), 1)
    sum.add(Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 128), -1)
    sum.end()
    expect([...block]).toEqual([1, 0xffffffff, 7])
  })
})

describe('simdAccumulator', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('keeps nothing of what was added once it is wiped', () => {
    let memory!: WebAssembly.Memory
    vi.stubGlobal('WebAssembly', {
      Module: WebAssembly.Module,
      Instance: class extends WebAssembly.Instance {
        constructor(module: WebAssembly.Module) {
          super(module)
          memory = this.exports.memory as WebAssembly.Memory
        }
      },
    })
    const sum = simdAccumulator()!
    run(sum, BLOCK_WORDS, [{ seed: 1, sign: 1, shift: 0 }])
    const bytes = new Uint8Array(memory.buffer)
    expect(bytes.some((byte) => byte !== 0)).toBe(true)
    sum.wipe()
    expect(bytes.some((byte) => byte !== 0)).toBe(false)
  })

  it('is not there where WebAssembly is forbidden or missing', () => {
    vi.stubGlobal('WebAssembly', {
      Module: class {
        constructor() {
          throw new Error('forbidden')
        }
      },
    })
    expect(simdAccumulator()).toBeUndefined()
    vi.stubGlobal('WebAssembly', undefined)
    expect(simdAccumulator()).toBeUndefined()
  })
})
