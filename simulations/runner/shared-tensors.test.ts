import type { Tensors } from '@tacit/shared/model'
import { describe, expect, it } from 'vitest'
import { SharedTensors } from './shared-tensors.js'

const modelOf = (...numbers: number[]): Tensors => ({
  items: { shape: [numbers.length], values: Float32Array.from(numbers) },
  gram: { shape: [1], values: Float64Array.of(numbers[0]!) },
})
const lent = (copies: SharedTensors, tensors: Tensors) => copies.lend(tensors, async (shared) => shared)

describe('copies that threads share', () => {
  it('are there for the length of an act, those of one model the same', async () => {
    const copies = new SharedTensors()
    const model = modelOf(1, 2)
    const copy = await copies.lend(model, async (shared) => {
      expect(shared).toEqual(model)
      expect(shared.items!.values.buffer).toBeInstanceOf(SharedArrayBuffer)
      expect(await lent(copies, model)).toBe(shared)
      return shared
    })
    expect(await lent(copies, model)).toBe(copy)
  })

  it('are made where older ones were, of models as large', async () => {
    const copies = new SharedTensors()
    const memory = new Set<unknown>()
    for (let n = 0; n < 10; n++) {
      const model = modelOf(n, n + 1)
      for (let act = 0; act < 2; act++) {
        const copy = await lent(copies, model)
        expect(copy).toEqual(model)
        memory.add(copy.items!.values.buffer)
      }
    }
    expect(memory.size).toBe(2)
    const other = modelOf(1, 2, 3)
    expect(await lent(copies, other)).toEqual(other)
  })

  it('are not written over while somebody uses them, nor after an act that failed', async () => {
    const copies = new SharedTensors()
    const models = [1, 2, 3, 4].map((n) => modelOf(n, n))
    const together = (after: () => Promise<void>, index = 0): Promise<void> =>
      index === models.length
        ? after()
        : copies.lend(models[index]!, async (copy) => {
            await together(after, index + 1)
            expect(copy).toEqual(models[index])
          })
    await together(async () => {})
    const failure = together(() => Promise.reject(new Error('worker lost')))
    await expect(failure).rejects.toThrow('worker lost')
    const memory = new Set<unknown>()
    for (let n = 5; n < 20; n++) {
      const copy = await lent(copies, modelOf(n, n))
      expect(copy).toEqual(modelOf(n, n))
      memory.add(copy.items!.values.buffer)
    }
    // Those of the four are free again.
    expect(memory.size).toBe(models.length)
  })
})
