import { expect, it } from 'vitest'
import { closeQueue, deviceQueue, takeDevices } from './device-queue.js'

const devices = Int32Array.from({ length: 64 }, (_, n) => 7 * n)

it('hands out every device once, whoever takes how many', () => {
  const queue = deviceQueue(devices, 2)
  const mine: [number[], number[], number[]] = [[], [], []]
  const [slow, fast, late] = mine.map((own) => takeDevices(queue, own))
  slow!.next()
  for (let n = 0; n < 30; n++) fast!.next()
  slow!.next()
  expect(mine[0]).toEqual([0, 7])
  for (const _ of slow!);
  for (const _ of fast!);
  for (const _ of late!);
  expect(mine[2]).toEqual([])
  expect(mine.flat().toSorted((a, b) => a - b)).toEqual([...devices])
})

it('hands out what is taken before it is closed, and nothing more', () => {
  const queue = deviceQueue(devices, 2)
  const mine: number[] = []
  const taking = takeDevices(queue, mine)
  taking.next()
  closeQueue(queue)
  expect([...takeDevices(queue, [])]).toEqual([])
  for (const _ of taking);
  expect(mine).toEqual([...devices.subarray(0, 8)])
})

it('has nothing for anybody without devices', () => {
  expect([...takeDevices(deviceQueue(new Int32Array(0), 2), [])]).toEqual([])
})

it('has something for every thread where devices are few', () => {
  for (const [count, threads] of [
    [10, 8],
    [16, 16],
    [100, 32],
    [943, 2],
  ] as const) {
    const queue = deviceQueue(new Int32Array(count), threads)
    const taking = Array.from({ length: threads }, () => takeDevices(queue, []))
    expect(taking.every((thread) => !thread.next().done)).toBe(true)
  }
})

it('hands out many at a time, and few towards the end', () => {
  const queue = deviceQueue(new Int32Array(943), 2)
  const taking = [1, 2].map(() => takeDevices(queue, []))
  const shares: number[] = []
  let before = 0
  for (let n = 0; n < 943; n++) {
    taking[n % 2]!.next()
    const now = queue.taken[0]!
    if (now > before) shares.push(now - before)
    before = now
  }
  expect(shares.slice(0, 100)).toEqual(Array(100).fill(8))
  expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  expect(shares.slice(-8)).toEqual(Array(8).fill(1))
})
