import { describe, expect, it } from 'vitest'
import type { Masking } from '../masking.js'
import { graphParameters } from '../parameters.js'
import { groupParameters } from './group-parameters.js'

const CURIOUS: Masking = { coordinator: 'curious', adversarial: 0.1, dropout: 0.1, identity: 'anonymous' }
const EQUIVOCATING: Masking = { ...CURIOUS, coordinator: 'equivocating' }

describe('the parameters of a group', () => {
  it('leave room for the graphs that a coordinator may choose from', () => {
    for (const [masking, cohort, bits] of [
      [CURIOUS, 100, 44],
      [CURIOUS, 10_000, 44],
      [EQUIVOCATING, 100, 51],
      [EQUIVOCATING, 10_000, 58],
    ] as const) {
      const { coordinator } = masking
      const required = {
        devices: 100,
        adversarial: 0.1,
        dropout: 0.1,
        losses: 'binomial',
        coordinator,
      } as const
      const found = groupParameters(masking, 100, cohort)
      expect(found).toEqual(graphParameters({ ...required, privacyBits: bits }))
      expect(found!.privacyBits).toBeGreaterThanOrEqual(bits)
      expect(found!.correctnessBits).toBeGreaterThanOrEqual(20)
    }
    expect(groupParameters(EQUIVOCATING, 100, 100)).not.toEqual(groupParameters(CURIOUS, 100, 100))
  })

  it('depend on nothing else than what they are asked for', () => {
    const asked = [0, 0.05, 0.1, 0.2].flatMap((adversarial) =>
      [0, 0.1, 0.3].map((dropout) => ({ ...CURIOUS, adversarial, dropout })),
    )
    const ask = () => asked.map((masking) => groupParameters(masking, 60, 60))
    const once = ask()
    for (let size = 3; size < 400; size++) groupParameters({ ...CURIOUS, adversarial: 0 }, size, size)
    expect(ask()).toEqual(once)
    expect(new Set(once.map((found) => JSON.stringify(found))).size).toBeGreaterThan(6)
  })

  it('are none for so few that a sum hides nothing, or for too many losses', () => {
    const lax = { ...CURIOUS, adversarial: 0, dropout: 0 }
    expect(groupParameters(lax, 2, 2)).toBeUndefined()
    expect(groupParameters(lax, 1, 1)).toBeUndefined()
    expect(groupParameters(lax, 3, 3)).toMatchObject({ neighbours: 2, threshold: 2 })
    expect(groupParameters({ ...CURIOUS, dropout: 0.9 }, 20, 20)).toBeUndefined()
  })
})
