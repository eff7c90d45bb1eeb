import { describe, expect, it } from 'vitest'
import { expectNoTraceOfMasks, maskedRun } from './support/masked-invariant.js'

/** What DESIGN section 3 asks for, where the vectors are masked: the masks leave no trace. More in slow/. */
describe('the invariant, masked', { timeout: 120_000 }, () => {
  it('a loss of 0.3: plain and masked, in memory and on the wire, one worker or two: the same model', () =>
    expectNoTraceOfMasks(0.3))

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
