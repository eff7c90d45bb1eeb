import { TacitError } from '@tacit/shared/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EngineBench, only, sent } from './testing/bench.js'

const refusal = (code: string) => expect.objectContaining({ code })

describe('a round', () => {
  it('goes from invitation to release and tells every device how it ended', () => {
    const bench = new EngineBench()
    expect(sent(bench.start('a', 'b', 'c'), 'invite').map(([to]) => to)).toEqual(['a', 'b', 'c'])
    expect(bench.engine.view()).toEqual({ phase: 'join', devices: 3, groups: 0 })
    bench.join('a')
    bench.join('b')
    const begun = bench.join('c')
    expect(sent(begun, 'begin')).toHaveLength(3)
    expect(bench.engine.view()).toEqual({ phase: 'upload', devices: 3, groups: 1 })
    for (const device of ['a', 'b', 'c']) bench.ask(device)
    bench.send('a', 1)
    bench.send('b', 2)
    const [release] = only(bench.send('c', 4), 'release')
    expect(release?.survivors).toEqual(['a', 'b', 'c'])
    expect(new Set(release?.sums)).toEqual(new Set([7]))
    const ended = bench.do({ type: 'released', modelHash: 'f'.repeat(64) })
    const done = sent(ended, 'done')
    expect(done.map(([to]) => to)).toEqual(['a', 'b', 'c'])
    expect(done[0]![1]).toMatchObject({ outcome: 'released', survivors: 3, modelHash: 'f'.repeat(64) })
    expect(bench.engine.idle).toBe(true)
  })

  it('releases the same sum whatever the order of vectors', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4 }), (order) => {
        const bench = new EngineBench({ uploadsInFlight: 4 })
        bench.begin('1', '2', '3', '4')
        for (const n of order) bench.ask(String(n))
        const effects = order.flatMap((n) => bench.send(String(n), 10 ** n))
        expect(only(effects, 'release')[0]!.sums[0]).toBe(11110)
      }),
      { numRuns: 24 },
    )
  })

  it('splits a large cohort into groups and adds their sums', () => {
    const bench = new EngineBench({ largestGroup: 2, goalCount: 5, uploadsInFlight: 9 })
    bench.plan.largestGroup = 2
    bench.begin('a', 'b', 'c', 'd')
    expect(bench.engine.view().groups).toBe(2)
    for (const device of ['a', 'b', 'c', 'd']) bench.ask(device)
    const effects = ['a', 'b', 'c', 'd'].flatMap((device) => bench.send(device, 1))
    expect(only(effects, 'release')[0]!.sums[0]).toBe(4)
  })

  it('releases without a group that lost too many, if another is left', () => {
    const bench = new EngineBench({ goalCount: 5, uploadsInFlight: 9 })
    bench.plan.largestGroup = 2
    bench.begin('a', 'b', 'c', 'd')
    bench.do({ type: 'gone', device: 'a' })
    for (const device of ['b', 'c', 'd']) bench.ask(device)
    const effects = ['b', 'c', 'd'].flatMap((device) => bench.send(device, 1))
    expect(only(effects, 'release')[0]!.survivors).toEqual(['c', 'd'])
  })

  it('sends a device that has begun its round no more than that, and where the model is', () => {
    const bench = new EngineBench()
    bench.begin('a', 'b')
    const begin = { type: 'begin', roundId: bench.roundId, manifest: '/m' }
    expect(sent(bench.effects, 'begin')).toEqual([
      ['a', begin],
      ['b', begin],
    ])
  })

  it('stops at its goal and sends the others home', () => {
    const bench = new EngineBench({ goalCount: 2 })
    bench.begin('a', 'b', 'c')
    bench.ask('a')
    bench.ask('b')
    bench.ask('c')
    bench.send('a', 1)
    const effects = bench.send('b', 1)
    expect(only(effects, 'release')[0]!.survivors).toEqual(['a', 'b'])
    expect(sent(effects, 'done').map(([to]) => to)).toEqual(['c'])
    expect(only(effects, 'forget-vector').map((effect) => effect.from)).toEqual(['c'])
  })

  it('grants uploads in order, no more at once than it has slots', () => {
    const bench = new EngineBench({ uploadsInFlight: 2 })
    bench.begin('a', 'b', 'c')
    const asked = ['a', 'b', 'c'].flatMap((device) => bench.ask(device))
    expect(sent(asked, 'grant').map(([to]) => to)).toEqual(['a', 'b'])
    expect(sent(bench.send('b', 1), 'grant').map(([to]) => to)).toEqual(['c'])
  })
})

describe('a round aborts', () => {
  it('when too few join by the deadline', () => {
    const bench = new EngineBench()
    bench.start('a', 'b', 'c')
    bench.join('a')
    expect(only(bench.timer('join'), 'aborted')[0]?.reason).toBe('too-few-joined')
    expect(bench.engine.idle).toBe(true)
  })

  it('when too few vectors come by the deadline', () => {
    const bench = new EngineBench()
    bench.begin('a', 'b', 'c')
    bench.ask('a')
    bench.send('a', 1)
    const effects = bench.timer('phase:0')
    expect(only(effects, 'aborted')[0]?.reason).toBe('too-few-survivors')
    expect(only(effects, 'release')).toEqual([])
    expect(sent(effects, 'done').map(([, message]) => message)).toContainEqual(
      expect.objectContaining({ outcome: 'aborted', reason: 'too-few-survivors' }),
    )
  })

  it('when everyone leaves', () => {
    const bench = new EngineBench()
    bench.begin('a', 'b')
    bench.do({ type: 'gone', device: 'a' })
    expect(only(bench.do({ type: 'gone', device: 'b' }), 'aborted')).toHaveLength(1)
  })

  it('when the release cannot be stored', () => {
    const bench = new EngineBench({ goalCount: 2 })
    bench.begin('a', 'b')
    for (const device of ['a', 'b']) bench.ask(device)
    for (const device of ['a', 'b']) bench.send(device, 1)
    expect(only(bench.do({ type: 'release-failed' }), 'aborted')[0]?.reason).toBe('release-failed')
  })

  it('when the coordinator stops', () => {
    const bench = new EngineBench({ goalCount: 2 })
    bench.begin('a', 'b')
    expect(only(bench.do({ type: 'stop' }), 'aborted')[0]?.reason).toBe('coordinator-stopped')
  })

  it('only while it runs', () => {
    const bench = new EngineBench()
    for (const type of ['stop', 'release-failed'] as const) expect(bench.do({ type })).toEqual([])
    expect(bench.do({ type: 'released', modelHash: 'x' })).toEqual([])
    expect(bench.timer('phase:0')).toEqual([])
  })
})

describe('who comes late', () => {
  it('to join is sent home, not turned away', () => {
    const bench = new EngineBench()
    bench.start('a', 'b', 'c')
    bench.join('a')
    bench.join('b')
    bench.timer('join')
    expect(sent(bench.join('c'), 'done')[0]![1]).toMatchObject({ outcome: 'left', reason: 'late' })
  })

  it('from an earlier round hears how that one ended', () => {
    const bench = new EngineBench()
    bench.start('a', 'b')
    bench.timer('join')
    expect(sent(bench.join('a'), 'done')[0]![1]).toMatchObject({ outcome: 'aborted' })
    expect(sent(bench.join('x'), 'done')[0]![1]).toMatchObject({ outcome: 'left' })
  })

  it('with a granted vector loses its slot at the deadline', () => {
    const bench = new EngineBench({ uploadsInFlight: 1 })
    bench.begin('a', 'b', 'c')
    for (const device of ['a', 'b', 'c']) bench.ask(device)
    const effects = bench.timer('upload:a')
    expect(only(effects, 'forget-vector')[0]?.from).toBe('a')
    expect(sent(effects, 'grant').map(([to]) => to)).toEqual(['b'])
    expect(sent(effects, 'done').map(([to]) => to)).toEqual(['a'])
  })
})

describe('a device that comes back', () => {
  it('is invited again before it joined', () => {
    const bench = new EngineBench()
    bench.start('a', 'b')
    expect(sent(bench.do({ type: 'resumed', device: 'a' }), 'invite')).toHaveLength(1)
  })

  it('is told again to begin, and may ask for its upload anew', () => {
    const bench = new EngineBench({ uploadsInFlight: 1 })
    bench.begin('a', 'b')
    bench.ask('a')
    bench.ask('b')
    const resumed = bench.do({ type: 'resumed', device: 'a' })
    expect(sent(resumed, 'begin').map(([to]) => to)).toEqual(['a'])
    expect(only(resumed, 'forget-vector')[0]?.from).toBe('a')
    expect(sent(resumed, 'grant').map(([to]) => to)).toEqual(['b'])
    bench.ask('a')
    bench.send('b', 1)
    expect(only(bench.send('a', 1), 'release')).toHaveLength(1)
  })

  it('after its vector arrived hears so', () => {
    const bench = new EngineBench()
    bench.begin('a', 'b', 'c')
    bench.ask('a')
    bench.send('a', 1)
    expect(sent(bench.do({ type: 'resumed', device: 'a' }), 'received')).toHaveLength(1)
    expect(sent(bench.ask('a'), 'received')).toHaveLength(1)
  })

  it('after the round is over hears how it ended', () => {
    const bench = new EngineBench()
    bench.start('a', 'b')
    bench.timer('join')
    expect(sent(bench.do({ type: 'resumed', device: 'a' }), 'done')).toHaveLength(1)
    expect(new EngineBench().do({ type: 'resumed', device: 'a' })).toEqual([])
  })
})

describe('a breach of protocol', () => {
  const breach = (act: (bench: EngineBench) => unknown, code: string) => {
    const bench = new EngineBench()
    bench.begin('a', 'b')
    bench.ask('a')
    expect(() => act(bench)).toThrow(refusal(code))
    // Nothing has changed: the round goes on to its release.
    bench.send('a', 1)
    bench.ask('b')
    expect(only(bench.send('b', 1), 'release')[0]!.sums[0]).toBe(2)
  }

  it.each<[string, (bench: EngineBench) => unknown, string]>([
    ['a vector without a grant', (b) => b.send('b', 1), 'TACIT_OUT_OF_PHASE'],
    ['a vector from a stranger', (b) => b.send('x', 1), 'TACIT_OUT_OF_PHASE'],
    ['a join from a stranger', (b) => b.join('x'), 'TACIT_OUT_OF_PHASE'],
    ['a second request to upload', (b) => b.ask('a'), 'TACIT_DUPLICATE_MESSAGE'],
    ['a request for another size', (b) => b.ask('b', 3), 'TACIT_VECTOR_SIZE'],
    [
      'a short vector',
      (b) => b.do({ type: 'vector', device: 'a', packed: new Uint8Array(3) }),
      'TACIT_VECTOR_SIZE',
    ],
    [
      'a step of another secure sum',
      (b) =>
        b.do({
          type: 'message',
          device: 'a',
          message: { type: 'sum', roundId: b.roundId, step: 'x', body: 1 },
        }),
      'TACIT_OUT_OF_PHASE',
    ],
    ['a second round at once', (b) => b.start('z'), 'TACIT_OUT_OF_PHASE'],
  ])('%s is refused and changes nothing', (_, act, code) => breach(act, code))

  it('a second vector is refused', () => {
    const bench = new EngineBench()
    bench.begin('a', 'b', 'c')
    bench.ask('a')
    bench.send('a', 1)
    expect(() => bench.send('a', 1)).toThrow(TacitError)
  })
})

describe('many groups', () => {
  it('release whatever the goal, the minimum and the number that joined, when nobody fails', () => {
    const limits = fc.record({
      goalCount: fc.integer({ min: 2, max: 60 }),
      minimumShare: fc.double({ min: 0, max: 1, noNaN: true }),
      largestGroup: fc.integer({ min: 4, max: 20 }),
      extra: fc.integer({ min: 0, max: 20 }),
    })
    fc.assert(
      fc.property(limits, ({ goalCount, minimumShare, largestGroup, extra }) => {
        const minimumCount = Math.max(2, Math.floor(goalCount * minimumShare))
        const bench = new EngineBench({ goalCount, minimumCount, largestGroup, uploadsInFlight: 100 })
        bench.plan.largestGroup = largestGroup
        const devices = Array.from({ length: goalCount + extra }, (_, d) => `d${d}`)
        bench.begin(...devices)
        expect(bench.engine.view().groups).toBe(Math.ceil(devices.length / largestGroup))
        for (const device of devices) bench.ask(device)
        const granted = () => sent(bench.effects, 'grant').map(([to]) => to)
        const done = new Set<string>()
        for (const device of devices) {
          const dismissed = sent(bench.effects, 'done').some(([to]) => to === device)
          if (granted().includes(device) && !dismissed && !done.has(device)) bench.send(device, 1)
          done.add(device)
        }
        const [release] = only(bench.effects, 'release')
        expect(release?.survivors.length).toBeGreaterThanOrEqual(minimumCount)
        expect(release?.sums[0]).toBe(release?.survivors.length)
      }),
      { numRuns: 100 },
    )
  })

  it('do not open when those that are ready have too few survivors together', () => {
    const bench = new EngineBench({ goalCount: 6, minimumCount: 5, uploadsInFlight: 9 })
    bench.plan.largestGroup = 3
    const devices = ['a', 'b', 'c', 'd', 'e', 'f']
    bench.begin(...devices)
    for (const device of devices.slice(0, 4)) bench.ask(device)
    for (const device of devices.slice(0, 4)) bench.send(device, 1)
    const effects = bench.timer('phase:1')
    expect(only(effects, 'release')).toEqual([])
    expect(only(effects, 'aborted')[0]?.reason).toBe('too-few-survivors')
  })

  it('give the slots of a failed group to the others', () => {
    const bench = new EngineBench({ goalCount: 6, minimumCount: 2, uploadsInFlight: 2 })
    bench.plan.largestGroup = 4
    bench.begin('a', 'b', 'c', 'd', 'e', 'f')
    for (const device of ['a', 'b', 'd', 'e', 'f']) bench.ask(device)
    const effects = bench.timer('phase:0')
    expect(sent(effects, 'done').map(([to]) => to)).toEqual(['a', 'b', 'c'])
    expect(sent(effects, 'grant').map(([to]) => to)).toEqual(['d', 'e'])
    for (const device of ['d', 'e']) bench.send(device, 1)
    expect(only(bench.send('f', 1), 'release')[0]?.survivors).toEqual(['d', 'e', 'f'])
  })
})

describe('a stop', () => {
  it('does not call back a sum that is being stored', () => {
    const bench = new EngineBench({ goalCount: 2 })
    bench.begin('a', 'b')
    for (const device of ['a', 'b']) bench.ask(device)
    for (const device of ['a', 'b']) bench.send(device, 1)
    expect(bench.do({ type: 'stop' })).toEqual([])
    expect(sent(bench.do({ type: 'released', modelHash: 'f'.repeat(64) }), 'done')).toHaveLength(2)
  })
})

it('a device invited again that did not hear how its last round ended is told first', () => {
  const bench = new EngineBench()
  bench.start('a', 'b')
  bench.timer('join')
  bench.plan.roundId = 'ef'.repeat(16)
  bench.start('a', 'b')
  const told = bench.do({ type: 'resumed', device: 'a' })
  expect(told.map((effect) => effect.type === 'send' && effect.message.type)).toEqual(['done', 'invite'])
})
