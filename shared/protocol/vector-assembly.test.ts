import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeFrame, framesOf, type VectorFrame } from './frames.js'
import { VectorAssembly } from './vector-assembly.js'

const roundId = '00'.repeat(16)
const framesFor = (packed: Uint8Array, chunkBytes: number): VectorFrame[] =>
  [...framesOf(packed, roundId, chunkBytes)].map(decodeFrame)

const withCode = (code: string) => expect.objectContaining({ code })

const cut = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.integer({ min: 1, max: 50 }))

describe('VectorAssembly', () => {
  it('answers the vector with its last chunk and not before', () => {
    fc.assert(
      fc.property(cut, ([packed, chunkBytes]) => {
        const assembly = new VectorAssembly(packed.length)
        const answers = framesFor(packed, chunkBytes).map((frame) => assembly.add(frame))
        expect(answers.slice(0, -1).every((answer) => answer === undefined)).toBe(true)
        expect([...answers[answers.length - 1]!]).toEqual([...packed])
      }),
    )
  })

  it('keeps its own copy: what comes into the same buffer later does not reach it', () => {
    const [frame] = framesFor(Uint8Array.of(1, 2, 3), 3)
    const whole = new VectorAssembly(3).add(frame!)
    frame!.payload.fill(9)
    expect([...whole!]).toEqual([1, 2, 3])
  })

  it('refuses any chunk but the next, and goes on with that one', () => {
    fc.assert(
      fc.property(cut, fc.nat(200), fc.nat(200), ([packed, chunkBytes], at, other) => {
        const frames = framesFor(packed, chunkBytes)
        const assembly = new VectorAssembly(packed.length)
        const due = at % frames.length
        for (const frame of frames.slice(0, due)) assembly.add(frame)
        const stray = other % frames.length
        if (stray !== due) expect(() => assembly.add(frames[stray]!)).toThrow(withCode('TACIT_FRAME_INVALID'))
        const answers = frames.slice(due).map((frame) => assembly.add(frame))
        expect([...answers[answers.length - 1]!]).toEqual([...packed])
        expect(() => assembly.add(frames[0]!)).toThrow(withCode('TACIT_FRAME_INVALID'))
      }),
    )
  })

  it('refuses another total, and another segment', () => {
    const [frame] = framesFor(new Uint8Array(8), 8)
    expect(() => new VectorAssembly(9).add(frame!)).toThrow(withCode('TACIT_VECTOR_SIZE'))
    expect(() => new VectorAssembly(7).add(frame!)).toThrow(withCode('TACIT_VECTOR_SIZE'))
    const assembly = new VectorAssembly(8)
    expect(() => assembly.add({ ...frame!, segment: 1 })).toThrow(withCode('TACIT_FRAME_INVALID'))
    expect(assembly.add(frame!)).toBeDefined()
  })
})
