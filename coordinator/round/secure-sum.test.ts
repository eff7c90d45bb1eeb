import { TacitError } from '@tacit/shared/errors'
import { sumPlanOf } from '@tacit/shared/protocol'
import type { CoordinatorSumEffect } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { EngineBench, LIMITS, only, sent } from './testing/bench.js'
import { ScriptedSum } from './testing/scripted-sum.js'
import type { RoundEffect, RoundLimits } from './types.js'

const SUM: CoordinatorSumEffect = { type: 'sum', sums: Float64Array.of(1, 2), members: ['a', 'b'] }

/** A round that has begun, with a secure sum that does what the test says. */
function begun(limits: Partial<RoundLimits> = {}, ...atStart: CoordinatorSumEffect[]) {
  const sum = new ScriptedSum().does(...atStart)
  const bench = new EngineBench(limits, () => sum)
  bench.begin('a', 'b', 'c')
  const step = (device: string, name = 'keys') => {
    const { roundId } = bench
    return bench.do({ type: 'message', device, message: { type: 'sum', roundId, step: name, body: null } })
  }
  return { bench, sum, step }
}

/** With the vectors of some devices in. */
function uploaded(...devices: string[]) {
  const all = begun({ uploadsInFlight: 9 })
  for (const device of devices) {
    all.bench.ask(device)
    all.bench.send(device, 1)
  }
  return all
}

describe('a round’s secure sum', () => {
  it('is one for the whole cohort, of the plan that devices derive', () => {
    const { bench, sum } = begun({ goalCount: 7 })
    expect(sum.plan).toEqual(sumPlanOf(bench.plan))
    expect([sum.members, sum.goal]).toEqual([['a', 'b', 'c'], 7])
    expect(bench.engine.view()).toEqual({ phase: 'scripted', devices: 3, groups: 3 })
  })

  it('has its steps carried, both ways', () => {
    const { sum, step } = begun()
    sum.does({ type: 'send', to: 'b', step: 'shares', body: [1] })
    expect(sent(step('a'), 'sum').map(([to, message]) => [to, message])).toEqual([
      ['b', { type: 'sum', roundId: 'ab'.repeat(16), step: 'shares', body: [1] }],
    ])
    expect(sum.calls).toEqual(['start', 'receive a keys'])
  })

  it('is opened once it is ready, and its sum released', () => {
    const { bench, sum } = begun()
    sum.does({ type: 'ready', members: ['a', 'b'] })
    bench.timer('upload:x')
    expect(sum.calls).toEqual(['start'])
    bench.do({ type: 'gone', device: 'c' })
    expect(sum.calls).toEqual(['start', 'leave c', 'open'])
    sum.does(SUM)
    const [release] = only(bench.do({ type: 'gone', device: 'b' }), 'release')
    expect([release?.sums, release?.survivors]).toEqual([Float64Array.of(1, 2), ['a', 'b']])
    const done = sent(bench.do({ type: 'released', modelHash: 'f'.repeat(64) }), 'done')
    expect(done[0]![1]).toMatchObject({ outcome: 'released', survivors: 2 })
  })

  it('ends the round when it fails, and nothing that it wanted besides is done', () => {
    const { sum, step } = begun()
    sum.does(
      { type: 'failed', reason: 'no-graph' },
      { type: 'send', to: 'b', step: 'shares', body: 1 },
      { type: 'phase', clock: 0, kind: 'step' },
      SUM,
    )
    const effects = step('a')
    expect(only(effects, 'aborted')[0]?.reason).toBe('no-graph')
    expect([sent(effects, 'sum'), only(effects, 'set-timer'), only(effects, 'release')]).toEqual([[], [], []])
  })

  it('is told of partial sums by their clock', () => {
    const { bench, sum } = begun()
    sum.does({ type: 'gather', clock: 2, members: ['a', 'b'] })
    const gather = only(bench.do({ type: 'gone', device: 'c' }), 'gather')
    expect(gather).toEqual([{ type: 'gather', clock: 2, members: ['a', 'b'] }])
    bench.do({ type: 'partial', clock: 2, partial: { members: ['a', 'b'], words: new Uint32Array(2) } })
    expect(sum.calls.at(-1)).toBe('merge 2 a,b')
  })

  it('hears that a device left whose vector is in, once, and the device hears no more of it', () => {
    const { bench, sum, step } = uploaded('a')
    bench.do({ type: 'gone', device: 'a' })
    bench.do({ type: 'gone', device: 'a' })
    expect(sum.calls.filter((call) => call === 'leave a')).toHaveLength(1)
    expect(sent(step('a', 'unmask'), 'done')[0]![1]).toMatchObject({ outcome: 'left', reason: 'late' })
    expect(sent(bench.do({ type: 'resumed', device: 'a' }), 'done')).toHaveLength(1)
    expect(sum.calls.at(-1)).toBe('leave a')
  })

  it('takes no step from who is out, nor before the round began', () => {
    const { bench, sum, step } = begun()
    bench.do({ type: 'gone', device: 'a' })
    expect(sent(step('a'), 'done')[0]![1]).toMatchObject({ outcome: 'left' })
    expect(sum.calls).not.toContain('receive a keys')
    const early = new EngineBench()
    early.start('a', 'b')
    early.join('a')
    const { roundId } = early
    const message = { type: 'sum', roundId, step: 'keys', body: null } as const
    expect(() => early.do({ type: 'message', device: 'a', message })).toThrow(TacitError)
  })

  it('sends home whom it drops and whom it blames, and their slots go to others', () => {
    const { bench, sum, step } = begun({ uploadsInFlight: 1 })
    for (const device of ['a', 'b', 'c']) bench.ask(device)
    sum.does({ type: 'dropped', members: ['a'] })
    const dropped = step('c')
    expect(sent(dropped, 'done').map(([to]) => to)).toEqual(['a'])
    expect(sent(dropped, 'grant').map(([to]) => to)).toEqual(['b'])
    sum.does({ type: 'blamed', member: 'b', problem: 'a bad share' })
    const blamed = step('c', 'shares')
    expect(only(blamed, 'blamed')).toEqual([{ type: 'blamed', device: 'b', problem: 'a bad share' }])
    expect(sent(blamed, 'done')[0]).toEqual(['b', expect.objectContaining({ outcome: 'left' })])
    expect(only(blamed, 'forget-vector')[0]?.from).toBe('b')
    expect(sent(blamed, 'grant').map(([to]) => to)).toEqual(['c'])
    expect(bench.engine.view().devices).toBe(1)
  })
})

describe('the deadlines of a secure sum', () => {
  const timers = (effects: readonly RoundEffect[]) =>
    only(effects, 'set-timer').map(({ timer, afterMs }) => [timer, afterMs])

  it('are shorter for a step than for the upload, and run side by side', () => {
    const { bench } = begun(
      {},
      { type: 'phase', clock: 0, kind: 'step' },
      { type: 'phase', clock: 4, kind: 'upload' },
    )
    expect(timers(bench.effects)).toEqual([
      ['join', LIMITS.joinDeadlineMs],
      ['phase:0', LIMITS.stepDeadlineMs],
      ['phase:4', LIMITS.phaseDeadlineMs],
    ])
  })

  it('reach the sum while their clock runs, once each', () => {
    const { bench, sum } = begun({}, { type: 'phase', clock: 1, kind: 'step' })
    bench.timer('phase:0')
    expect(sum.calls).toEqual(['start'])
    bench.timer('phase:1')
    bench.timer('phase:1')
    expect(sum.calls).toEqual(['start', 'deadline 1'])
  })

  it('end when nothing is waited for', () => {
    const { bench, sum, step } = begun({}, { type: 'phase', clock: 1, kind: 'step' })
    sum.does({ type: 'rest', clock: 1 })
    expect(only(step('a'), 'clear-timer')).toEqual([{ type: 'clear-timer', timer: 'phase:1' }])
    bench.timer('phase:1')
    expect(sum.calls).not.toContain('deadline 1')
  })

  it('end with the round', () => {
    const { bench } = begun({}, { type: 'phase', clock: 3, kind: 'step' })
    const cleared = only(bench.do({ type: 'stop' }), 'clear-timer').map(({ timer }) => timer)
    expect(cleared).toContain('phase:3')
  })
})

describe('what a secure sum computes', () => {
  function computing(run: () => Promise<() => CoordinatorSumEffect[]>) {
    const all = begun()
    all.sum.does({ type: 'compute', run })
    const [compute] = only(all.step('a'), 'compute')
    return { ...all, compute: compute! }
  }

  it('is applied when it is there', async () => {
    const { bench, compute } = computing(async () => () => [{ type: 'phase', clock: 0, kind: 'step' }])
    expect(compute.roundId).toBe(bench.roundId)
    expect(only(bench.do(await compute.run()), 'set-timer')).toHaveLength(1)
  })

  it('is nothing to a round that is over, nor to the next', async () => {
    let applied = 0
    const { bench, compute } = computing(async () => () => {
      applied++
      return []
    })
    const computed = await compute.run()
    bench.do({ type: 'stop' })
    expect(bench.do(computed)).toEqual([])
    bench.plan.roundId = 'ef'.repeat(16)
    bench.begin('a', 'b', 'c')
    expect(bench.do(computed)).toEqual([])
    expect(bench.do({ type: 'compute-failed', roundId: compute.roundId, error: 1 })).toEqual([])
    expect([applied, bench.engine.idle]).toEqual([0, false])
  })

  it('is nothing to a sum that is being stored: that cannot be called back', async () => {
    const { bench, sum, step, compute } = computing(() => Promise.reject(new Error('too late')))
    sum.does(SUM)
    expect(only(step('b'), 'release')).toHaveLength(1)
    expect(bench.do(await compute.run())).toEqual([])
    expect(bench.engine.idle).toBe(false)
  })

  it.each<[string, () => Promise<() => CoordinatorSumEffect[]>]>([
    ['the work', () => Promise.reject(new Error('broken'))],
    [
      'what follows from it',
      async () => () => {
        throw new Error('broken')
      },
    ],
  ])('aborts the round when %s fails, and says what went wrong', async (_, run) => {
    const { bench, compute } = computing(run)
    const [aborted] = only(bench.do(await compute.run()), 'aborted')
    expect([aborted?.reason, aborted?.error]).toEqual(['sum-failed', new Error('broken')])
    expect(bench.engine.idle).toBe(true)
  })
})
