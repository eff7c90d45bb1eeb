import { describe, expect, it } from 'vitest'
import { SpareNumbers } from './spare-numbers.js'

describe('spare numbers', () => {
  it('are zeros, in the memory of earlier ones where they fit', () => {
    const spare = new SpareNumbers()
    const first = spare.take(6).fill(7)
    spare.give(first)
    const second = spare.take(4)
    expect(second.buffer).toBe(first.buffer)
    expect(second).toEqual(new Float64Array(4))
    spare.give(second.fill(3))
    const third = spare.take(6)
    expect(third.buffer).toBe(first.buffer)
    expect(third).toEqual(new Float64Array(6))
    spare.give(third)
    expect(spare.take(7)).toEqual(new Float64Array(7))
  })

  it('are never lent twice', () => {
    const spare = new SpareNumbers()
    spare.give(spare.take(5))
    expect(spare.take(5).buffer).not.toBe(spare.take(5).buffer)
  })

  it('are wiped as soon as they are given back, in every part', () => {
    const spare = new SpareNumbers()
    const memory = spare.take(5).fill(1)
    spare.give(memory.subarray(0, 2), memory.subarray(2, 3), memory.subarray(3))
    expect(memory).toEqual(new Float64Array(5))
  })
})
