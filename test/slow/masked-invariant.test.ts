import { describe, expect, it } from 'vitest'
import { expectNoTraceOfMasks, MASKING, maskedRun } from '../support/masked-invariant.js'

/** As ../masked-invariant.test.ts has it, for other losses, a stricter threat, and several groups. */
describe('the invariant, masked', () => {
  it.each([0, 0.1])('a loss of %d leaves no trace of masks', expectNoTraceOfMasks)

  it('holds in several groups, whose losses are each their own', async () => {
    const split = { largestGroup: 20, masking: { ...MASKING, dropout: 0.05 }, dropout: 0.05, rounds: 1 }
    const plain = await maskedRun({ ...split, secureSum: 'plain' })
    const memory = await maskedRun(split)
    expect(memory.same).toEqual(plain.same)
    expect(memory.secureSum).toMatchObject({ groups: 2 })
    expect(await maskedRun({ ...split, workers: 2 })).toEqual(memory)
    expect(await maskedRun({ ...split, transport: 'wire', workers: 2 })).toEqual(memory)
  })

  it('holds against a coordinator that may equivocate, and without latency', async () => {
    const strict = { masking: { coordinator: 'equivocating', adversarial: 0.1, dropout: 0.1 } } as const
    const all = { ...strict, cohort: 45, latencyMs: 0, rounds: 1, dropout: 0.1 }
    const plain = await maskedRun({ ...all, secureSum: 'plain' })
    const memory = await maskedRun(all)
    expect(memory.same).toEqual(plain.same)
    expect(memory.secureSum.privacyBits).toBeGreaterThan(40)
    expect(await maskedRun({ ...all, transport: 'wire' })).toEqual(memory)
  })
})
