import { describe, expect, it } from 'vitest'
import { EarlySum } from './early-sum.js'
import type { Part } from './trainers.js'

/** Trainings that end when they are told to. */
function bench(foresees = true) {
  const asked: { devices: number[]; end: () => void; fail: () => void }[] = []
  const train = (devices: Int32Array) =>
    new Promise<Part[]>((resolve, reject) => {
      const parts = [{ devices, words: Uint32Array.of(asked.length) }]
      asked.push({
        devices: [...devices],
        end: () => resolve(parts),
        fail: () => reject(new Error('out of memory')),
      })
    })
  const early = new EarlySum(train, foresees)
  const begin = (...devices: number[]) => {
    for (const device of devices) early.begun(device)
    early.start()
    early.start()
  }
  const over = (...devices: number[]) => early.over(Int32Array.from(devices))
  return { early, begin, over, asked, devices: () => asked.map(({ devices: some }) => some) }
}

describe('devices that train before it is known who is summed', () => {
  it('train once where all are', async () => {
    const { begin, over, asked, devices, early } = bench()
    for (const round of [1, 2]) {
      await early.reset()
      begin(3, 1, 2)
      const sum = over(3, 1, 2)
      asked.at(-1)!.end()
      expect(await sum).toEqual([{ devices: Int32Array.of(3, 1, 2), words: Uint32Array.of(round - 1) }])
    }
    expect(devices()).toEqual([
      [3, 1, 2],
      [3, 1, 2],
    ])
  })

  it.each([
    ['one is lost', [1, 2]],
    ['there is another', [1, 2, 3, 4]],
    ['one stands for another', [1, 2, 4]],
  ])(
    'are trained again where %s, after the others have, and then no more before it is known',
    async (_, summed) => {
      const { begin, over, asked, devices, early } = bench()
      begin(1, 2, 3)
      const sum = over(...summed)
      expect(devices()).toEqual([[1, 2, 3]])
      // What failed for nobody's sum is nobody's failure.
      asked[0]!.fail()
      await Promise.resolve()
      await expect.poll(() => asked.length).toBe(2)
      asked[1]!.end()
      expect(await sum).toEqual([{ devices: Int32Array.from(summed), words: Uint32Array.of(1) }])
      await early.reset()
      begin(1, 2, 3)
      expect(asked).toHaveLength(2)
      const next = over(1, 2, 3)
      asked[2]!.end()
      expect(await next).toMatchObject([{ words: Uint32Array.of(2) }])
    },
  )

  it('fail where the sum is asked for', async () => {
    const { begin, over, asked } = bench()
    begin(1)
    asked[0]!.fail()
    await new Promise(setImmediate)
    await expect(over(1)).rejects.toThrow('out of memory')
  })

  it('are waited for by the next round where nobody asked for the sum', async () => {
    const { begin, asked, early } = bench()
    begin(1, 2)
    let isReady = false
    const ready = early.reset()!.then(() => {
      isReady = true
    })
    await new Promise(setImmediate)
    expect(isReady).toBe(false)
    asked[0]!.fail()
    await ready
    expect(early.reset()).toBeUndefined()
    // Rounds that are aborted tend to be followed by others.
    begin(1, 2)
    expect(asked).toHaveLength(1)
  })

  it('do not where they are likely to be lost', async () => {
    const { begin, over, asked } = bench(false)
    begin(1, 2)
    expect(asked).toEqual([])
    const sum = over(1)
    asked[0]!.end()
    expect(await sum).toMatchObject([{ devices: Int32Array.of(1) }])
  })
})
