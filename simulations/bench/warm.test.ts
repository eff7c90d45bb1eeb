import { expect, it } from 'vitest'
import { warmRate, warmRounds } from './warm.js'

/** Rounds of 50 devices that took so many milliseconds, and each 30 for its evaluation. */
function roundsOf(took: readonly number[]) {
  let ms = 0
  return took.map((one, round) => {
    ms += one
    return { devices: 50, wallMs: ms + 30 * (round + 1), evaluationMs: 30 * (round + 1) }
  })
}

it('leaves out the first ten rounds, and what evaluation took', () => {
  const rounds = roundsOf([...Array(10).fill(400), 10, 25, 15])
  expect(warmRounds(rounds)).toEqual([5000, 2000, 50_000 / 15])
  expect(warmRate(rounds)).toBe(3000)
})

it('says nothing of a run that never was warm', () => {
  for (const count of [0, 1, 10]) {
    const rounds = roundsOf(Array(count).fill(20))
    expect([warmRate(rounds), warmRounds(rounds)]).toEqual([null, []])
  }
})
