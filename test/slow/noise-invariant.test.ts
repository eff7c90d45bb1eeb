import { describe, it } from 'vitest'
import { COINS, expectOneModel } from '../support/invariant.js'

const adapting = { participations: 2, adaptiveClip: { quantile: 0.5, rate: 0.2 } }

/** As ../invariant.test.ts has it, for every kind of noise. */
describe('the invariant', () => {
  it.each([
    ['that devices make together', { ...COINS, mode: 'distributed' }],
    ['that the coordinator makes', { ...COINS, mode: 'central', mechanism: 'discrete-gaussian' }],
    ['on vectors that are rotated', { ...COINS, mode: 'distributed', rotate: true }],
    ['for a clip that adapts, of devices that rest', { ...COINS, ...adapting, mode: 'distributed' }],
  ] as const)('holds for noise %s', async (_, privacy) => {
    await expectOneModel(privacy)
  })
})
