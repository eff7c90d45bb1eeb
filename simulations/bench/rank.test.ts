import { expect, it } from 'vitest'
import { benchRank } from './rank.js'

it('the benchmark of full rankings ranks everybody alike on any number of threads', async () => {
  const options = { devices: 30, items: 50, factors: 8, history: 6, repeats: 1 }
  const [one, two] = [
    await benchRank({ ...options, workers: 1 }),
    await benchRank({ ...options, workers: 2 }),
  ]
  expect(one).toMatchObject({ bench: 'rank', sameRanksEveryTime: true })
  const { meanRank } = one as { meanRank: number }
  // A target among 50 items less the 6 that are known, by a model that knows nothing: 22.5 on average.
  expect(meanRank).toBeGreaterThan(10)
  expect(meanRank).toBeLessThan(35)
  expect(two).toMatchObject({ meanRank, sameRanksEveryTime: true })
})
