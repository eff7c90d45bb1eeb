import { describe, expect, it } from 'vitest'
import type { Json } from '../bytes/index.js'
import type { GroupEffect, GroupMachine } from './group-machine.js'
import { Groups } from './groups.js'
import type { CoordinatorSumEffect, Member, PartialSum, SumFailure } from './secure-sum.js'

/** A group whose machine does what the test says next, and keeps a list of what it was asked. */
class Scripted implements GroupMachine {
  phase = 'upload'
  readonly calls: string[] = []
  #next: GroupEffect[] = []

  does(...effects: GroupEffect[]): this {
    this.#next = effects
    return this
  }

  start = () => this.#answer('start')
  receive = (member: Member, step: string, _body: Json) => this.#answer(`receive ${member} ${step}`)
  expectsVector = (_member: Member) => true
  vector = (member: Member) => this.#answer(`vector ${member}`)
  merge = ({ members }: PartialSum) => this.#answer(`merge ${members}`)
  leave = (member: Member) => this.#answer(`leave ${member}`)
  deadline = () => this.#answer('deadline')
  open = () => this.#answer('open')
  resume = (member: Member) => this.#answer(`resume ${member}`)

  #answer(call: string): GroupEffect[] {
    this.calls.push(call)
    const effects = this.#next
    this.#next = []
    return effects
  }
}

const withCode = (code: string) => expect.objectContaining({ code })
const ready = (...members: Member[]): GroupEffect => ({ type: 'ready', members })
const failed = (reason: SumFailure): GroupEffect => ({ type: 'failed', reason })
const sum = (words: number[], ...members: Member[]): GroupEffect => ({
  type: 'sum',
  words: Uint32Array.from(words),
  members,
})
const typesOf = (effects: readonly CoordinatorSumEffect[]) => effects.map(({ type }) => type)

/** Groups a of a0, a1, a2 (modulo 2^8) and b of b0, b1 (modulo 2^9). */
function twoGroups(minimum = 2) {
  const a = new Scripted()
  const b = new Scripted()
  const groups = new Groups({ minimum, length: 2 }, [
    { members: ['a0', 'a1', 'a2'], machine: a, modulusBits: 8 },
    { members: ['b0', 'b1'], machine: b, modulusBits: 9 },
  ])
  return { a, b, groups }
}

/** Both contributed to, and ready. */
function readyGroups(minimum = 2) {
  const bench = twoGroups(minimum)
  const { a, b, groups } = bench
  for (const member of ['a0', 'a1', 'b0', 'b1']) groups.vector(member)
  a.does(ready('a0', 'a1'))
  groups.deadline(0)
  b.does(ready('b0', 'b1'))
  const effects = groups.deadline(1)
  return { ...bench, effects }
}

describe('groups side by side', () => {
  it('hand everything to the group it concerns', () => {
    const { a, b, groups } = twoGroups()
    groups.start()
    groups.receive('a1', 'keys', {})
    groups.vector('b0')
    groups.merge(1, { members: ['b0'], words: new Uint32Array(2) })
    groups.resume('a2')
    groups.leave('b1')
    groups.deadline(0)
    expect(a.calls).toEqual(['start', 'receive a1 keys', 'resume a2', 'deadline'])
    expect(b.calls).toEqual(['start', 'vector b0', 'merge b0', 'leave b1'])
    expect([groups.expectsVector('a0'), groups.expectsVector('x')]).toEqual([true, false])
  })

  it('refuse strangers, and partial sums of no group', () => {
    const { groups } = twoGroups()
    expect(() => groups.receive('x', 'keys', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => groups.vector('x')).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    const partial = { members: ['a0'], words: new Uint32Array(2) }
    expect(() => groups.merge(2, partial)).toThrow(withCode('TACIT_SUM_MISMATCH'))
    expect([groups.leave('x'), groups.resume('x'), groups.deadline(7)]).toEqual([[], [], []])
  })

  it('have a clock each', () => {
    const { a, b, groups } = twoGroups()
    a.does({ type: 'phase', kind: 'step' })
    b.does({ type: 'phase', kind: 'upload' }, { type: 'rest' }, { type: 'gather', members: ['b0'] })
    expect(groups.start()).toEqual([
      { type: 'phase', clock: 0, kind: 'step' },
      { type: 'phase', clock: 1, kind: 'upload' },
      { type: 'rest', clock: 1 },
      { type: 'gather', clock: 1, members: ['b0'] },
    ])
  })

  it('pass on what is said and whom they blame', () => {
    const { a, groups } = twoGroups()
    const said = { type: 'send', to: 'a0', step: 'shares', body: 1 } as const
    const blamed = { type: 'blamed', member: 'a1', problem: 'a bad share' } as const
    a.does(said, blamed)
    expect(groups.deadline(0)).toEqual([said, blamed])
  })

  it('show the phase of the first that is not done', () => {
    const { a, b, groups } = twoGroups()
    a.phase = 'unmask'
    expect(groups.view()).toEqual({ phase: 'unmask', groups: 2 })
    a.does(ready('a0', 'a1'))
    groups.deadline(0)
    expect(groups.view().phase).toBe('upload')
    b.does(ready('b0', 'b1'))
    groups.deadline(1)
    expect(groups.view().phase).toBe('ready')
  })
})

describe('opening groups', () => {
  it('waits until each is ready, names all survivors, rests clocks, and drops who did not contribute', () => {
    const { a, b, groups } = twoGroups()
    for (const member of ['a0', 'a2', 'b0']) groups.vector(member)
    groups.leave('b1')
    a.does(ready('a0', 'a2'))
    expect(groups.deadline(0)).toEqual([
      { type: 'rest', clock: 0 },
      { type: 'dropped', members: ['a1'] },
    ])
    expect(() => groups.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(groups.expectsVector('a1')).toBe(false)
    b.does(ready('b0'))
    expect(groups.deadline(1)).toEqual([
      { type: 'rest', clock: 1 },
      { type: 'ready', members: ['a0', 'a2', 'b0'] },
    ])
  })

  it('drops a member once, whoever says so', () => {
    const { a, groups } = twoGroups()
    a.does({ type: 'dropped', members: ['a1'] }, { type: 'dropped', members: ['a1'] })
    expect(groups.deadline(0)).toEqual([{ type: 'dropped', members: ['a1'] }])
    groups.vector('a0')
    a.does({ type: 'dropped', members: ['a2'] }, ready('a0'))
    expect(groups.deadline(0)).toEqual([
      { type: 'dropped', members: ['a2'] },
      { type: 'rest', clock: 0 },
    ])
  })

  it('lifts each sum by its own modulus and adds them', () => {
    const { a, b, groups } = readyGroups()
    a.does(sum([255, 127], 'a0', 'a1'))
    b.does(sum([255, 2 ** 32 - 3], 'b0', 'b1'))
    expect(groups.open()).toEqual([
      { type: 'rest', clock: 0 },
      { type: 'rest', clock: 1 },
      { type: 'sum', sums: Float64Array.of(254, 124), members: ['a0', 'a1', 'b0', 'b1'] },
    ])
    expect(groups.view().phase).toBe('closed')
    expect(() => groups.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('lets groups take their time over it, their members in the order of the groups', () => {
    const { a, b, groups } = readyGroups()
    expect(groups.open()).toEqual([])
    expect(groups.view().phase).toBe('upload')
    b.does(sum([1, 1], 'b0', 'b1'))
    expect(groups.receive('b0', 'unmask', {})).toEqual([{ type: 'rest', clock: 1 }])
    a.does(sum([1, 1], 'a0', 'a1'))
    expect(groups.receive('a0', 'unmask', {})[1]).toMatchObject({
      type: 'sum',
      members: ['a0', 'a1', 'b0', 'b1'],
    })
  })

  it('goes on without a group that fails meanwhile', () => {
    const { a, b, groups } = readyGroups()
    groups.open()
    a.does(failed('shares-missing'))
    groups.deadline(0)
    b.does(sum([1, 2], 'b0', 'b1'))
    expect(groups.deadline(1)[1]).toEqual({
      type: 'sum',
      sums: Float64Array.of(1, 2),
      members: ['b0', 'b1'],
    })
  })
})

describe('groups fail', () => {
  it('when all of them do, with the reason of the first', () => {
    const { a, b, groups } = twoGroups()
    b.does(failed('shares-missing'))
    expect(typesOf(groups.deadline(1))).toEqual(['rest', 'dropped'])
    a.does(failed('partial-mismatch'))
    expect(groups.deadline(0).at(-1)).toEqual(failed('partial-mismatch'))
  })

  it('when those that are ready have too few survivors between them', () => {
    const { effects } = readyGroups(5)
    expect(effects.at(-1)).toEqual(failed('too-few-survivors'))
    expect(readyGroups(4).effects.at(-1)).toMatchObject({ type: 'ready' })
  })

  it('unopened when too few are left of those that were ready', () => {
    const { a, b, groups } = readyGroups(4)
    a.does(failed('shares-missing'))
    expect(typesOf(groups.leave('a0'))).toEqual(['rest'])
    expect(groups.open()).toEqual([failed('too-few-survivors')])
    expect(b.calls).not.toContain('open')
  })

  it('when those that yield a sum have too few survivors between them, and give none away', () => {
    const { a, b, groups } = readyGroups(4)
    groups.open()
    a.does(sum([1, 1], 'a0', 'a1'))
    groups.deadline(0)
    b.does(failed('shares-invalid'))
    expect(groups.deadline(1).at(-1)).toEqual(failed('too-few-survivors'))
  })

  it('for what stopped one that was ready, rather than one that never was', () => {
    const { a, b, groups } = twoGroups()
    a.does(failed('too-few-survivors'))
    groups.deadline(0)
    b.does(ready('b0', 'b1'))
    groups.deadline(1)
    b.does(failed('shares-invalid'))
    expect(groups.open().at(-1)).toEqual(failed('shares-invalid'))
  })

  it('and what still comes for one that failed is late, not wrong', () => {
    const { a, groups } = twoGroups()
    a.does(failed('shares-missing'), { type: 'send', to: 'a0', step: 'shares', body: 1 })
    expect(typesOf(groups.deadline(0))).toEqual(['rest', 'dropped'])
    const calls = [...a.calls]
    expect([groups.receive('a0', 'x', {}), groups.leave('a1'), groups.resume('a2')]).toEqual([[], [], []])
    expect([groups.deadline(0), groups.expectsVector('a0')]).toEqual([[], false])
    expect(a.calls).toEqual(calls)
  })
})

describe('what a group computes', () => {
  const computing = (effects: GroupEffect[]): GroupEffect => ({
    type: 'compute',
    run: async () => () => effects,
  })

  async function applied(effects: readonly CoordinatorSumEffect[]) {
    const [effect] = effects
    if (effect?.type !== 'compute') throw new Error('something is computed')
    return effect.run()
  }

  it('leads to effects of the whole cohort', async () => {
    const { b, groups } = twoGroups()
    b.does(computing([{ type: 'phase', kind: 'step' }]))
    const apply = await applied(groups.deadline(1))
    expect(apply()).toEqual([{ type: 'phase', clock: 1, kind: 'step' }])
  })

  it('comes to nothing once the group has failed', async () => {
    const { b, groups } = twoGroups()
    b.does(computing([{ type: 'phase', kind: 'step' }]))
    const apply = await applied(groups.deadline(1))
    b.does(failed('shares-missing'))
    groups.deadline(1)
    expect(apply()).toEqual([])
  })

  it('fails as a whole when the work does', async () => {
    const { a, groups } = twoGroups()
    a.does({ type: 'compute', run: () => Promise.reject(new Error('no more memory')) })
    await expect(applied(groups.deadline(0))).rejects.toThrow('no more memory')
  })
})
