import { expect, it } from 'vitest'
import type { RoundRecord } from './run-data.js'
import { rankingOf, syntheticRun } from './testing/synthetic-run.js'
import { timeToAccuracy } from './time-to-accuracy.js'

const [like] = syntheticRun().rounds

function round(n: number, hr: number | null): RoundRecord {
  return {
    ...like!,
    round: n,
    outcome: hr === null ? 'aborted' : 'released',
    cohort: 10,
    devices: hr === null ? 0 : 8,
    validation: hr === null ? null : rankingOf(hr + 0.1),
    test: hr === null ? null : rankingOf(hr),
    uploadBytes: hr === null ? 50 : 800,
    downloadBytes: 1000,
    virtualMs: n * 1000,
    wallMs: n * 10,
  }
}

const rounds = [round(1, 0.3), round(2, null), round(3, 0.65), round(4, 0.6), round(5, 0.7)]

it('adds up what it took to the first round that reaches the goal, aborted rounds included', () => {
  expect(timeToAccuracy(rounds, { metric: 'hr@10', target: 0.65, on: 'test' })).toEqual({
    round: 3,
    released: 2,
    clientUpdates: 16,
    uploadBytes: 1650,
    downloadBytes: 3000,
    virtualMs: 3000,
    wallMs: 30,
  })
})

it('looks where it is told to', () => {
  expect(timeToAccuracy(rounds, { metric: 'hr@10', target: 0.4, on: 'validation' })?.round).toBe(1)
  expect(timeToAccuracy(rounds, { metric: 'ndcg@10', target: 0.39, on: 'test' })?.round).toBe(5)
})

it('is null where the goal is never reached', () => {
  expect(timeToAccuracy(rounds, { metric: 'hr@10', target: 0.71, on: 'test' })).toBeNull()
  expect(timeToAccuracy([], { metric: 'hr@10', target: 0.1, on: 'test' })).toBeNull()
})
