import { describe, expect, it } from 'vitest'
import type { Masking } from '../masking.js'
import { graphParameters } from '../parameters.js'
import { adversariesAmong, groupParameters } from './group-parameters.js'

const CURIOUS: Masking = { coordinator: 'curious', adversarial: 0.02, dropout: 0.1, identity: 'anonymous' }
const EQUIVOCATING: Masking = { ...CURIOUS, coordinator: 'equivocating' }

describe('the adversaries that are reckoned with', () => {
  it('are the share that is assumed, rounded up, and one at least', () => {
    const count = (adversarial: number, devices: number) =>
      adversariesAmong({ ...CURIOUS, adversarial }, devices)
    expect([count(0.1, 100), count(0.1, 101), count(0.3, 10), count(0.07, 100), count(0, 1000)]).toEqual([
      10, 11, 3, 7, 1,
    ])
  })
})

describe('the parameters of a group', () => {
  it('leave room for the graphs that a coordinator may choose from', () => {
    for (const [masking, cohort, bits] of [
      [CURIOUS, 100, 46],
      [CURIOUS, 1000, 46],
      [EQUIVOCATING, 100, 53],
      [EQUIVOCATING, 1000, 56],
    ] as const) {
      const found = groupParameters(masking, 100, cohort)
      const required = {
        devices: 100,
        adversarial: 0.02,
        drawnFrom: { members: cohort, adversaries: cohort / 50 },
        dropout: 0.1,
        losses: 'binomial',
        coordinator: masking.coordinator,
        withholding: true,
        privacyBits: bits,
      } as const
      expect(found).toEqual(graphParameters(required))
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
    const sizes = [30, 60, 90].map((size) => groupParameters(CURIOUS, size, 90))
    expect(new Set(sizes.map((found) => JSON.stringify(found))).size).toBe(3)
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
