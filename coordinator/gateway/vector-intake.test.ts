import { decodeFrame, framesOf } from '@tacit/shared/protocol'
import { describe, expect, it } from 'vitest'
import { ROUND, vectorOf } from './testing/fakes.js'
import { AssemblyBudget, VectorIntake } from './vector-intake.js'

const OTHER = 'f'.repeat(32)
const vector = vectorOf(1000)
const frames = [...framesOf(vector, ROUND, 300)].map(decodeFrame)
const outOfPhase = expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' })

function intake(limit = 10_000) {
  const budget = new AssemblyBudget(limit)
  return { budget, intake: new VectorIntake(budget, 50) }
}

describe('VectorIntake', () => {
  it('answers the vector once it is whole, and gives its memory back', () => {
    const at = intake()
    at.intake.expect(ROUND, 1000, 0)
    expect(at.budget.used).toBe(1000)
    expect(frames.map((frame) => at.intake.add(frame, 0)?.length)).toEqual([
      undefined,
      undefined,
      undefined,
      1000,
    ])
    expect(at.budget.used).toBe(0)
    expect(() => at.intake.add(frames[0]!, 0)).toThrow(outOfPhase)
  })

  it('refuses frames that were never granted', () => {
    const at = intake()
    expect(() => at.intake.add(frames[0]!, 0)).toThrow(outOfPhase)
    at.intake.expect(OTHER, 1000, 0)
    expect(() => at.intake.add(frames[0]!, 0)).toThrow(outOfPhase)
  })

  it('drops late frames of a vector no longer wanted, but no more than were granted', () => {
    const at = intake()
    at.intake.expect(ROUND, 1000, 0)
    at.intake.add(frames[0]!, 0)
    at.intake.forget()
    expect(at.budget.used).toBe(0)
    at.intake.expect(OTHER, 1000, 0)
    for (const frame of frames.slice(1)) expect(at.intake.add(frame, 0)).toBeUndefined()
    expect(() => at.intake.add(frames[3]!, 0)).toThrow(outOfPhase)
  })

  it('begins anew when expected anew', () => {
    const at = intake()
    at.intake.expect(ROUND, 1000, 0)
    at.intake.add(frames[0]!, 0)
    at.intake.expect(ROUND, 1000, 0)
    expect(at.budget.used).toBe(1000)
    expect(frames.map((frame) => at.intake.add(frame, 0)).at(-1)).toEqual(vector)
  })

  it('is stalled when no frame comes in time, and never while none is expected', () => {
    const at = intake()
    expect(at.intake.stalledAt).toBe(Number.POSITIVE_INFINITY)
    at.intake.expect(ROUND, 1000, 100)
    expect(at.intake.stalledAt).toBe(150)
    expect(() => at.intake.add(frames[1]!, 110)).toThrow()
    expect(at.intake.stalledAt).toBe(150)
    at.intake.add(frames[0]!, 120)
    expect(at.intake.stalledAt).toBe(170)
    at.intake.forget()
    expect(at.intake.stalledAt).toBe(Number.POSITIVE_INFINITY)
  })

  it('remembers nothing once cleared', () => {
    const at = intake()
    at.intake.expect(ROUND, 1000, 0)
    at.intake.forget()
    at.intake.clear()
    expect(() => at.intake.add(frames[0]!, 0)).toThrow(outOfPhase)
  })

  it('takes no memory beyond the budget that all share', () => {
    const at = intake(1500)
    at.intake.expect(ROUND, 1000, 0)
    const second = new VectorIntake(at.budget, 50)
    expect(() => second.expect(ROUND, 1000, 0)).toThrow(
      expect.objectContaining({ code: 'TACIT_TOO_MANY_DEVICES' }),
    )
    at.intake.clear()
    second.expect(ROUND, 1000, 0)
    expect(at.budget.used).toBe(1000)
  })
})
