import { Draws, SeededRandom } from '@tacit/shared/random'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Shuffle } from './shuffle.js'

const draws = (seed: number) => new Draws(new SeededRandom({ seed, purpose: 'cohort' }))

it('a shuffle gives what a sample of all numbers is, whatever memory it takes', () => {
  const size = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(220), fc.nat(100))
  fc.assert(
    fc.property(size, ([n, count, seed]) => {
      const all = Array.from({ length: n }, (_, number) => number)
      const sample = draws(seed).sample(all, count)
      for (const wanted of [0, n]) {
        const shuffle = new Shuffle(draws(seed), n, wanted)
        const half = shuffle.take(count >> 1)
        expect([...half, ...shuffle.take(count - half.length)]).toEqual(sample)
      }
    }),
  )
})

it('a shuffle has no more than all', () => {
  const shuffle = new Shuffle(draws(1), 3, 1)
  expect([...shuffle.take(9)].toSorted()).toEqual([0, 1, 2])
  expect(shuffle.next()).toBeUndefined()
})
