import { describe, expect, it } from 'vitest'
import { pack } from '../update/index.js'
import { Intake } from './intake.js'

const BITS = 12
const withCode = (code: string) => expect.objectContaining({ code })
const packed = (...words: number[]) => pack(Uint32Array.from(words), BITS)
const lowBits = (words: Uint32Array) => [...words].map((word) => word & (2 ** BITS - 1))
const intakeOf = (...members: string[]) => new Intake(members, 2, BITS)

describe('an intake', () => {
  it('knows whom it waits for, who is held, who is in the sum', () => {
    const intake = intakeOf('a', 'b', 'c', 'd')
    intake.vector('c', packed(1, 2))
    intake.vector('a')
    intake.leave('d')
    expect([intake.waiting, intake.vectors, intake.held, intake.summed]).toEqual([1, 2, ['a'], ['c']])
    expect(['a', 'b', 'c', 'd', 'x'].filter((member) => intake.expects(member))).toEqual(['b'])
    expect(intake.close()).toEqual(['b'])
    expect([intake.waiting, intake.vectors, intake.expects('b')]).toEqual([0, 2, false])
    expect(intake.close()).toEqual([])
  })

  it('keeps what came of a member that left', () => {
    const intake = intakeOf('a', 'b')
    intake.vector('a', packed(1, 2))
    intake.vector('b')
    intake.leave('a')
    intake.leave('b')
    expect([intake.summed, intake.held, intake.vectors]).toEqual([['a'], ['b'], 2])
  })

  it('takes partial sums once it is closed, each member once', () => {
    const intake = intakeOf('a', 'b', 'c')
    intake.vector('a', packed(1, 2))
    intake.vector('b')
    intake.vector('c')
    const partial = { members: ['b', 'c'], words: Uint32Array.of(5, 2 ** 32 - 2) }
    const mismatch = () => expect(() => intake.merge(partial)).toThrow(withCode('TACIT_SUM_MISMATCH'))
    mismatch()
    intake.close()
    intake.merge(partial)
    mismatch()
    expect([intake.summed, intake.held]).toEqual([['a', 'b', 'c'], []])
    expect([...intake.take()]).toEqual([6, 0])
  })

  it.each([
    ['names one twice', ['b', 'c', 'b']],
    ['names one whose vector it does not wait for', ['b', 'a', 'c']],
    ['names one that was never asked', ['c', 'b', 'x']],
    ['names nobody', []],
  ])('takes nothing of a partial sum that %s', (_, members) => {
    const intake = intakeOf('a', 'b', 'c')
    intake.vector('a', packed(1, 2))
    intake.vector('b')
    intake.vector('c')
    intake.close()
    expect(() => intake.merge({ members, words: Uint32Array.of(5, 6) })).toThrow(
      withCode('TACIT_SUM_MISMATCH'),
    )
    expect([intake.summed, intake.held, intake.awaitsGateways]).toEqual([['a'], ['b', 'c'], true])
    intake.merge({ members: ['c', 'b'], words: Uint32Array.of(5, 6) })
    expect([...intake.take()].map((word) => word & (2 ** BITS - 1))).toEqual([6, 8])
  })

  it('hands its sum over once, and takes nothing after', () => {
    const intake = intakeOf('a', 'b', 'c')
    expect(() => intake.take()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    intake.vector('a', packed(1, 2))
    intake.vector('b', packed(3, 4))
    expect(lowBits(intake.take())).toEqual([4, 6])
    expect(() => intake.take()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => intake.vector('c', packed(1, 1))).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(intake.summed).toEqual(['a', 'b'])
  })

  it('that is discarded has no sum, and awaits nobody', () => {
    const intake = intakeOf('a', 'b', 'c')
    intake.vector('a', packed(1, 2))
    intake.vector('b')
    intake.discard()
    expect([intake.expects('c'), intake.held]).toEqual([false, []])
    expect(() => intake.take()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    const partial = { members: ['b'], words: new Uint32Array(2) }
    expect(() => intake.merge(partial)).toThrow(withCode('TACIT_SUM_MISMATCH'))
  })
})
