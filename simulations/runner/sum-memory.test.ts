import { expect, it } from 'vitest'
import { SumMemory } from './sum-memory.js'

it('is taken once, until it is free', () => {
  const memory = new SumMemory()
  const taken = [memory.take(3), memory.take(3), memory.take(2)]
  for (const [index, words] of taken.entries()) words.fill(index + 1)
  expect(taken.map((words) => [...words])).toEqual([
    [1, 1, 1],
    [2, 2, 2],
    [3, 3],
  ])
  memory.free()
  expect([memory.take(3), memory.take(3)]).toEqual(taken.slice(0, 2))
  expect(memory.take(5).length).toBe(5)
})

it('is the same memory again', () => {
  const memory = new SumMemory()
  const words = memory.take(4)
  memory.free()
  expect(memory.take(4)).toBe(words)
  memory.free()
  expect(memory.take(5)).not.toBe(words)
})
