import { describe, expect, it } from 'vitest'
import { expectNoTraceOfMasks, MASKING, maskedRun } from '../support/masked-invariant.js'

/** As ../masked-invariant.test.ts has it, for other losses, and for several groups. */
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
})
