import { describe, it } from 'vitest'
import { expectNoTraceOfMasks } from './support/masked-invariant.js'

/** What DESIGN section 3 asks for, where the vectors are masked: the masks leave no trace. More in slow/. */
describe('the invariant, masked', { timeout: 120_000 }, () => {
  it('a loss of 0.3: plain and masked, in memory and on the wire, one worker or two: the same model', () =>
    expectNoTraceOfMasks(0.3))
})
