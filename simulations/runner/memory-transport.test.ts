import type { EncodedModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { MemoryTransport } from './memory-transport.js'
import type { SumMemory } from './sum-memory.js'
import type { Trainers, TrainingOrder } from './trainers.js'

const cohort = ['d3', 'd1', 'd2']
const plan = {
  roundId: '0'.repeat(32),
  layout: [{ name: 'items', shape: [4], range: 1, clip: 1, weight: 1 }],
  modulusBits: 20,
  largestGroup: 3,
} as unknown as RoundPlan

/** A transport, and the orders that its threads got. */
function bench(loses = false) {
  const orders: number[][] = []
  const words: Uint32Array[] = []
  const sum = async ({ devices }: TrainingOrder, memory: SumMemory) => {
    orders.push([...devices])
    words.push(memory.take(4))
    return [{ devices, words: words.at(-1)! }]
  }
  const trainers = { sum } as unknown as Trainers
  const transport = new MemoryTransport(trainers, { seed: 1, summedNoise: false, loses })
  transport.publish({} as EncodedModel, { model: {}, server: {} })
  const begin = async (change: Partial<RoundPlan> = {}, lost: readonly string[] = []) => {
    await transport.ready({ ...plan, ...change }, cohort)
    for (const device of lost) transport.lose(device)
    for (const device of cohort)
      transport.send(device, { type: 'begin', roundId: plan.roundId, manifest: '' })
    for (const device of cohort) if (!lost.includes(device)) transport.arrival(device, 'upload')
  }
  const gather = (...members: string[]) => transport.gather(plan, members)
  return { begin, gather, orders, words }
}

describe('devices in memory', () => {
  it('train once a round, before it is asked for their sum, in memory that is used again', async () => {
    const { begin, gather, orders, words } = bench()
    for (let round = 1; round <= 3; round++) {
      await begin()
      expect(orders).toHaveLength(round)
      expect(await gather(...cohort)).toEqual([{ members: cohort, words: words.at(-1) }])
    }
    expect(orders).toEqual(Array(3).fill([3, 1, 2]))
    expect(new Set(words.map(({ buffer }) => buffer)).size).toBe(1)
  })

  it('that are lost before they upload are left out from the start', async () => {
    const { begin, gather, orders } = bench()
    await begin({}, ['d1'])
    await gather('d3', 'd2')
    expect(orders).toEqual([[3, 2]])
  })

  it.each([
    ['where some are likely to be lost', true, {}],
    ['where groups have a sum each', false, { largestGroup: 2 }],
  ])('train when it is asked for their sum %s', async (_, loses, change) => {
    const { begin, gather, orders } = bench(loses)
    await begin(change)
    expect(orders).toEqual([])
    await gather('d3', 'd1')
    await gather('d2')
    expect(orders).toEqual([[3, 1], [2]])
  })
})
