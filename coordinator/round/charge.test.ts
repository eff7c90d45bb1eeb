import type { RoundPlan } from '@tacit/shared/protocol'
import type { CoordinatorSumEffect } from '@tacit/shared/secagg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EngineBench, only, sent } from './testing/bench.js'
import { ScriptedSum } from './testing/scripted-sum.js'
import type { RoundEffect, RoundEvent } from './types.js'

const PRIVACY: NonNullable<RoundPlan['privacy']> = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: 1,
  noiseMultiplier: 1,
  sampling: 1,
  adversarial: 0,
}

const SUM: CoordinatorSumEffect = { type: 'sum', sums: Float64Array.of(1), members: ['a', 'b', 'c'] }
const UNMASK: CoordinatorSumEffect = { type: 'send', to: 'a', step: 'unmask', body: null }
const HASH = 'f'.repeat(64)

/** Opened, it asks for what unmasks; the answer of any device makes the sum. */
class UnmaskingSum extends ScriptedSum {
  override open = () => {
    this.does(UNMASK)
    return this.leave('open')
  }
}

/** A round under privacy, with a secure sum that does what the test says. */
function begun(sum = new ScriptedSum(), privacy: typeof PRIVACY | null = PRIVACY) {
  const bench = new EngineBench({}, () => sum)
  if (privacy) bench.plan.privacy = { ...privacy }
  bench.begin('a', 'b', 'c')
  const step = (device = 'a') => {
    const { roundId } = bench
    return bench.do({ type: 'message', device, message: { type: 'sum', roundId, step: 'keys', body: null } })
  }
  const ready = () => {
    sum.does({ type: 'ready', members: ['a', 'b', 'c'] })
    return step()
  }
  const charged = (roundId = bench.roundId) => bench.do({ type: 'charged', roundId })
  return { bench, sum, step, ready, charged }
}

describe('a round under privacy', () => {
  it('has the ledger charged before its sum is opened, once', () => {
    const { bench, sum, ready, charged } = begun()
    const asked = ready()
    expect(only(asked, 'charge')).toEqual([{ type: 'charge', plan: bench.plan }])
    expect(sum.calls).not.toContain('open')
    expect(bench.engine.view()).toMatchObject({ phase: 'charge', devices: 3 })
    sum.does(UNMASK)
    const opened = charged()
    expect(sum.calls.at(-1)).toBe('open')
    expect(sent(opened, 'sum').map(([to]) => to)).toEqual(['a'])
    expect(only(opened, 'clear-timer')).toEqual([{ type: 'clear-timer', timer: 'charge' }])
    expect(bench.engine.view().phase).toBe('scripted')
    expect(charged()).toEqual([])
    expect(sum.calls.filter((call) => call === 'open')).toHaveLength(1)
  })

  it('goes on to its release', () => {
    const { bench, sum, ready, step, charged } = begun()
    ready()
    charged()
    sum.does(SUM)
    expect(only(step(), 'release')).toHaveLength(1)
    const done = sent(bench.do({ type: 'released', modelHash: HASH }), 'done')
    expect(done[0]![1]).toMatchObject({ outcome: 'released', survivors: 3 })
  })

  it('asks for no charge where its plan says nothing of privacy', () => {
    const { sum, ready } = begun(new ScriptedSum(), null)
    expect(only(ready(), 'charge')).toEqual([])
    expect(sum.calls).toContain('open')
  })

  it.each(['budget-exhausted', 'charge-failed'] as const)('ends when the charge is refused: %s', (reason) => {
    const { bench, sum, ready, charged } = begun()
    ready()
    const refused = bench.do({ type: 'charge-refused', roundId: bench.roundId, reason })
    expect(only(refused, 'aborted')[0]?.reason).toBe(reason)
    expect(sent(refused, 'done')[0]![1]).toMatchObject({ outcome: 'aborted', reason })
    expect(charged()).toEqual([])
    expect(sum.calls).not.toContain('open')
    expect(bench.engine.idle).toBe(true)
  })

  it('does not wait for the ledger for ever', () => {
    const { bench, sum, ready, charged } = begun()
    expect(only(ready(), 'set-timer')).toEqual([{ type: 'set-timer', timer: 'charge', afterMs: 100 }])
    const late = bench.timer('charge')
    expect(only(late, 'aborted')[0]?.reason).toBe('charge-failed')
    expect(charged()).toEqual([])
    expect(sum.calls).not.toContain('open')
  })

  it('has its charge’s deadline cleared however it ends', () => {
    const { bench, ready } = begun()
    ready()
    const cleared = only(bench.do({ type: 'stop' }), 'clear-timer').map(({ timer }) => timer)
    expect(cleared).toContain('charge')
    // A timer that fires all the same means nothing, neither now nor in the next round.
    expect(bench.timer('charge')).toEqual([])
    bench.start('a', 'b')
    expect(bench.timer('charge')).toEqual([])
  })

  it('is not opened by a charge of another round, nor of one that is over', () => {
    const { bench, sum, ready, charged } = begun()
    expect(charged()).toEqual([])
    ready()
    expect(charged('00'.repeat(16))).toEqual([])
    const other = { type: 'charge-refused', roundId: '00'.repeat(16), reason: 'charge-failed' } as const
    expect(bench.do(other)).toEqual([])
    bench.do({ type: 'stop' })
    expect(charged()).toEqual([])
    bench.plan.roundId = 'ef'.repeat(16)
    bench.begin('a', 'b', 'c')
    ready()
    expect(charged('ab'.repeat(16))).toEqual([])
    expect(sum.calls).not.toContain('open')
  })

  it('hears while it waits that devices leave, and what that means to its sum', () => {
    const { bench, sum, ready } = begun()
    ready()
    bench.do({ type: 'gone', device: 'b' })
    expect(sum.calls.at(-1)).toBe('leave b')
    sum.does({ type: 'failed', reason: 'shares-missing' })
    expect(only(bench.do({ type: 'gone', device: 'c' }), 'aborted')[0]?.reason).toBe('shares-missing')
  })

  it('tells a device that resumes while it waits what it is to know, and nothing that unmasks', () => {
    const { bench, sum, ready } = begun()
    ready()
    const resumed = bench.do({ type: 'resumed', device: 'a' })
    expect(sent(resumed, 'begin')).toHaveLength(1)
    expect(sent(resumed, 'sum')).toEqual([])
    expect(sum.calls.at(-1)).toBe('resume a')
  })

  it('releases nothing that a secure sum yields without being opened', () => {
    const { sum, step } = begun()
    sum.does(SUM)
    const effects = step()
    expect(only(effects, 'release')).toEqual([])
    expect(only(effects, 'aborted')[0]?.reason).toBe('charge-failed')
  })

  it('says of its survivors no more than its plan promised, where devices flip coins', () => {
    const { bench, sum, ready, step, charged } = begun(new ScriptedSum(), {
      ...PRIVACY,
      sampling: 0.5,
      noiseMakers: 3,
    })
    // Three have joined; who watches is not to know.
    expect(bench.engine.view()).toEqual({ phase: 'scripted', devices: 2, groups: 1 })
    ready()
    charged()
    expect(bench.engine.view()).toMatchObject({ devices: 2, groups: 1 })
    sum.does(SUM)
    step()
    const done = sent(bench.do({ type: 'released', modelHash: HASH }), 'done')
    expect(done).toHaveLength(3)
    for (const [, message] of done) expect(message).toMatchObject({ outcome: 'released', survivors: 2 })
    expect(bench.plan.minimumCohort).toBe(2)
  })

  it('neither charges for nor opens a sum of more devices than a release has noise of', () => {
    const { sum, ready } = begun(new ScriptedSum(), { ...PRIVACY, sampling: 0.5, noiseMakers: 2 })
    const effects = ready()
    expect(only(effects, 'charge')).toEqual([])
    expect(sum.calls).not.toContain('open')
    expect(only(effects, 'aborted')[0]?.reason).toBe('too-many-survivors')
  })
})

describe('whatever happens in whatever order', () => {
  const device = fc.constantFrom('a', 'b', 'c')
  const events = (roundId: string): fc.Arbitrary<RoundEvent | 'ready'> => {
    const id = fc.constantFrom(roundId, '00'.repeat(16))
    return fc.oneof(
      fc.constant('ready' as const),
      fc.record({ type: fc.constant('gone' as const), device }),
      fc.record({ type: fc.constant('resumed' as const), device }),
      fc
        .constantFrom('charge', 'join', 'phase:0', 'upload:a')
        .map((timer) => ({ type: 'timer', timer }) as const),
      id.map((roundId) => ({ type: 'charged', roundId }) as const),
      id.map((roundId) => ({ type: 'charge-refused', roundId, reason: 'charge-failed' }) as const),
      device.map((name) => {
        const message = { type: 'sum', roundId, step: 'keys', body: null } as const
        return { type: 'message', device: name, message } as const
      }),
      fc.constant({ type: 'stop' } as const),
      fc.constant({ type: 'release-failed' } as const),
      fc.constant({ type: 'released', modelHash: HASH } as const),
    )
  }

  it('no unmask request goes out, and no sum comes in, before the round is charged', () => {
    let opened = 0
    const { roundId } = new EngineBench()
    fc.assert(
      fc.property(fc.array(events(roundId), { maxLength: 12 }), (order) => {
        const { bench, sum } = begun(new UnmaskingSum())
        let asked = false
        let charged = false
        for (const event of order) {
          if (event === 'ready') sum.does({ type: 'ready', members: ['a', 'b', 'c'] })
          const given = event === 'ready' ? ({ type: 'gone', device: 'c' } as const) : event
          // A charge counts that was asked for, and came while the round was still waiting for it.
          const waiting = bench.engine.view().phase === 'charge'
          if (given.type === 'charged' && waiting && given.roundId === roundId) charged = true
          const effects = bench.do(given)
          asked ||= only(effects, 'charge').length > 0
          const unmasks = effects.filter(asksToUnmask)
          expect(unmasks.length === 0 || (charged && asked)).toBe(true)
          expect(sum.calls.includes('leave open')).toBe(charged)
          if (unmasks.length > 0) opened++
        }
        expect(only(bench.effects, 'charge').length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 3000 },
    )
    // It would hold of an engine that opens nothing.
    expect(opened).toBeGreaterThan(20)
  })
})

function asksToUnmask(effect: RoundEffect): boolean {
  return effect.type === 'send' && effect.message.type === 'sum' && effect.message.step === 'unmask'
}
