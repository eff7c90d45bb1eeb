import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ScriptedSum } from '../round/testing/scripted-sum.js'
import { openStore, type Store } from '../store/index.js'
import { RunnerBench } from './testing/runner-bench.js'

describe('a task’s rounds', () => {
  let store: Store
  let bench: RunnerBench

  beforeAll(async () => {
    store = await openStore({ clock: () => new Date(0) })
  })
  beforeEach(() => {
    bench = new RunnerBench(store)
  })
  afterAll(() => store.close())

  it('start when enough devices are there, release, pause, and start again', async () => {
    await bench.open()
    bench.connect('x')
    expect(bench.board.current().tasks[0]).toMatchObject({
      round: { number: 0, phase: 'waiting', devices: 1, groups: 0, wanted: 2 },
      rounds: { released: 0, aborted: 0, abortedByReason: {} },
      metrics: {},
      model: { version: 0 },
    })
    bench.connect('y')
    await bench.round()
    const [task] = bench.board.current().tasks
    expect(task).toMatchObject({
      rounds: { released: 1 },
      metrics: { 'hr@10': { value: 1, devices: 2, round: 1 } },
      model: { version: 1 },
    })
    const stored = await store.latest(bench.task.name)
    expect(stored?.manifest.hash).toBe(task!.model.hash)
    expect([...stored!.state.model.itemShare!.values]).toEqual([0, 0.5, 0, 0.5, 0])
    await new Promise((resolve) => setImmediate(resolve))
    bench.timers.advance(100)
    await bench.round()
    expect(bench.board.history(bench.task.name).map((point) => point.round)).toEqual([1, 2])
  })

  it('go on from the stored release after a restart, whose running round is aborted', async () => {
    await bench.open()
    bench.connect('x', 'y')
    await bench.round()
    await new Promise((resolve) => setImmediate(resolve))
    bench.timers.advance(100)
    await bench.join('x')
    const released = bench.board.current().tasks[0]!.model
    // The process dies here: nobody stops the runner.
    expect(await store.recover([bench.task.name])).toEqual([{ task: bench.task.name, round: 2 }])
    await bench.open()
    expect(bench.board.current().tasks[1]).toMatchObject({
      rounds: { released: 1, aborted: 1, abortedByReason: { 'coordinator-restarted': 1 } },
      metrics: { 'hr@10': { round: 1 } },
      model: released,
    })
  })

  it('count the codes with which devices leave, but for those that are stopped, and say them once a round', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const { plan } = await bench.hears('x', 'invite')
    const { roundId } = plan
    const leave = (device: string, code: string, round = roundId) =>
      bench.conductor.message(device, { type: 'leave', roundId: round, code })
    leave('x', 'TACIT_PLAN_REFUSED', 'f'.repeat(32))
    leave('x', 'TACIT_PLAN_REFUSED')
    leave('x', 'TACIT_PLAN_REFUSED')
    leave('y', 'TACIT_MADE_UP')
    await bench.hears('x', 'done')
    const refusals = { TACIT_PLAN_REFUSED: 1, TACIT_INTERNAL: 1 }
    expect(bench.board.current().tasks[0]).toMatchObject({ refusals, secureSum: { backend: 'plain' } })
    expect(bench.warned.filter(([fields]) => 'refusals' in fields)).toEqual([
      [expect.objectContaining({ refusals }), expect.anything()],
    ])
  })

  it('abort with a reason when devices do not answer, and are stored so', async () => {
    await bench.open()
    bench.connect('x', 'y')
    await bench.join('x')
    bench.timers.advance(1000)
    expect(await bench.hears('x', 'done')).toMatchObject({ outcome: 'aborted', reason: 'too-few-joined' })
    await bench.runner.stop()
    expect((await store.counts(bench.task.name)).abortedByReason).toEqual({ 'too-few-joined': 1 })
  })

  it('are aborted when the coordinator stops', async () => {
    await bench.open()
    bench.connect('x', 'y')
    await bench.join('x')
    await bench.conductor.stop()
    expect((await store.counts(bench.task.name)).abortedByReason).toEqual({ 'coordinator-stopped': 1 })
    bench.connect('z')
    expect(bench.board.current().tasks[0]!.round.phase).toBe('waiting')
  })

  it('abort when the sum makes no release, and keep the model', async () => {
    await bench.open()
    bench.connect('x', 'y')
    const plan = await bench.join('x')
    await bench.join('y')
    await bench.upload('x', plan, 1)
    // Somebody else has ended the round in the database.
    await store.abortRound(bench.task.name, 1, 'coordinator-restarted')
    await bench.upload('y', plan, 1)
    expect(await bench.hears('x', 'done')).toMatchObject({ outcome: 'aborted', reason: 'release-failed' })
    expect(bench.board.current().tasks[0]!.model.version).toBe(0)
  })

  it('send devices home for a while when the waiting room is full', async () => {
    await bench.open({ waitingRoom: 1 })
    bench.connect('x', 'y')
    const { afterMs } = await bench.hears('y', 'later')
    expect(afterMs).toBeGreaterThanOrEqual(1000)
    expect(afterMs).toBeLessThanOrEqual(2000)
  })

  it('neither count nor invite devices whose connection is lost, until they are back', async () => {
    await bench.open()
    bench.connect('x')
    bench.conductor.detached('x')
    bench.connect('y')
    expect(bench.board.current().tasks[0]!.round).toMatchObject({ phase: 'waiting', devices: 1 })
    bench.conductor.connected('x', bench.task.name, true)
    await bench.join('x')
    await bench.join('y')
  })

  it('keep the waiting room’s bound for those who resume, too', async () => {
    await bench.open({ waitingRoom: 1 })
    bench.connect('x', 'y')
    await bench.hears('y', 'later')
    bench.conductor.connected('y', bench.task.name, true)
    await bench.hears('y', 'later')
  })

  it('pause after a round even while its end is still being stored', async () => {
    await bench.open()
    bench.connect('x', 'y')
    await bench.join('x')
    bench.timers.advance(1000)
    bench.connect('z')
    await bench.runner.stop()
    expect((await store.counts(bench.task.name)).aborted).toBe(1)
    expect(bench.said.filter(({ to }) => to === 'z')).toEqual([])
  })

  describe('and their secure sums', () => {
    const begun = async (sum: ScriptedSum) => {
      await bench.open({}, sum)
      bench.connect('x', 'y')
      await bench.join('x')
      await bench.join('y')
    }

    it('have computed what they want, and go on from there', async () => {
      const say = { type: 'send', to: 'x', step: 'shares', body: 1 } as const
      await begun(new ScriptedSum().does({ type: 'compute', run: async () => () => [say] }))
      expect(await bench.hears('x', 'sum')).toMatchObject({ step: 'shares', body: 1 })
    })

    it('abort when that fails, with its error in the log', async () => {
      const run = () => Promise.reject(new Error('no more memory'))
      await begun(new ScriptedSum().does({ type: 'compute', run }))
      expect(await bench.hears('x', 'done')).toMatchObject({ outcome: 'aborted', reason: 'sum-failed' })
      await bench.runner.stop()
      expect((await store.counts(bench.task.name)).abortedByReason).toEqual({ 'sum-failed': 1 })
      const failure = { reason: 'sum-failed', code: 'TACIT_INTERNAL', err: new Error('no more memory') }
      expect(bench.warned).toEqual([[expect.objectContaining(failure), 'round aborted']])
    })

    it('say whom they blame, and for what', async () => {
      await begun(new ScriptedSum().does({ type: 'blamed', member: 'y', problem: 'a bad share' }))
      expect(await bench.hears('y', 'done')).toMatchObject({ outcome: 'left' })
      const blamed = { task: bench.task.name, round: 1, device: 'y', problem: 'a bad share' }
      expect(bench.warned).toEqual([[blamed, expect.any(String)]])
      expect(bench.board.current().tasks[0]).toMatchObject({ blamedDevices: 1 })
    })
  })

  it('hand a breach of protocol back to the gateway', async () => {
    await bench.open()
    bench.connect('x', 'y')
    await bench.join('x')
    expect(() => bench.conductor.vector('x', new Uint8Array(3))).toThrow(
      expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
    )
  })
})
