import { expect, it } from 'vitest'
import { openStore } from '../store/index.js'
import { RunnerBench } from './testing/runner-bench.js'

it('has no figure of a round in which nobody evaluated', async () => {
  const store = await openStore({ clock: () => new Date(0) })
  const bench = new RunnerBench(store)
  await bench.open()
  const measured = { 'hr@10': 0.5, 'ndcg@10': 0.25, clippedShare: {} }
  bench.runner.tally.released(1, { ...measured, evaluated: 4 })
  bench.runner.tally.released(2, { ...measured, 'hr@10': 0, evaluated: 0 })
  expect(bench.board.history(bench.task.name)).toEqual([{ round: 1, 'hr@10': 0.5, devices: 4 }])
  expect(bench.board.latest(bench.task.name)).toBeUndefined()
  expect(bench.board.current().tasks[0]!.metrics).toEqual({})
  await store.close()
}, 60_000)
