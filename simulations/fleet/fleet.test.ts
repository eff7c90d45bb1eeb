import type { TacitError } from '@tacit/shared/errors'
import { expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import { shoppersOf } from '../demo/shoppers.js'
import { Fleet } from './fleet.js'

it('a fleet whose threads died says so once for each, and still stops', async () => {
  const failures: TacitError[] = []
  let all: () => void = () => {}
  const failed = new Promise<void>((resolve) => {
    all = resolve
  })
  const fleet = new Fleet({
    url: 'no address at all',
    task: 'homepage',
    split: shoppersOf(syntheticDataset({ devices: 4, items: 50, seed: 1 }), 4),
    devices: [0, 1, 2, 3],
    threads: 2,
    secureSums: ['plain'],
    onFailure: (error) => {
      failures.push(error)
      if (failures.length === 2) all()
    },
  })
  await failed
  await fleet.stop()
  expect(failures.map(({ code }) => code)).toEqual(['TACIT_WORKER_FAILED', 'TACIT_WORKER_FAILED'])
  expect(failures[0]!.message).toMatch(/URL/)
})
