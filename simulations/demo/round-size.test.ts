import { DEFAULT_LIMITS } from '@tacit/client'
import { groupParameters } from '@tacit/shared/secagg'
import { describe, expect, it } from 'vitest'
import { demoRound } from './round-size.js'

const curious = (minimumCohort: number) => ({ coordinator: 'curious', minimumCohort, minimumThreshold: 2 })

/** Colluders among so many. */
const colluders = (devices: number) => Math.ceil(devices / 10)

describe('a round of the demo', () => {
  it.each([
    [200, { goal: 100, invited: 130, minimum: 50 }],
    [60, { goal: 40, invited: 52, minimum: 34 }],
    [34, { goal: 34, invited: 34, minimum: 34 }],
  ])(
    'with %i shoppers stands a coordinator that lies, and their devices insist on what they do by default',
    (shoppers, size) => {
      const round = demoRound(shoppers, 'masked')
      expect(round).toMatchObject({ ...size, masking: { coordinator: 'equivocating' } })
      expect(round.limits).toEqual({})
    },
  )

  it.each([
    [33, { goal: 33, invited: 33, minimum: 26 }, curious(15)],
    [20, { goal: 20, invited: 20, minimum: 16 }, curious(14)],
    [10, { goal: 10, invited: 10, minimum: 8 }, curious(7)],
  ])(
    'with %i shoppers stands one that is curious, and their devices accept that',
    (shoppers, size, limits) => {
      const round = demoRound(shoppers, 'masked')
      expect(round).toMatchObject({ ...size, masking: { coordinator: 'curious' } })
      expect(round.limits).toEqual(limits)
    },
  )

  it('is refused with fewer than ten', () => {
    expect(() => demoRound(9, 'masked')).toThrow(
      expect.objectContaining({
        code: 'TACIT_FLAG_INVALID',
        message: expect.stringContaining('there are 9'),
      }),
    )
  })

  it.each([
    [2, 2],
    [9, 4],
    [200, 50],
  ])('that is not masked has %i shoppers, and devices accept half of a round: %i', (shoppers, minimum) => {
    expect(demoRound(shoppers, 'plain')).toMatchObject({ minimum, limits: { minimumCohort: minimum } })
  })

  it.each(['masked', 'plain'] as const)('invites no more than there are, %s', (secureSum) => {
    for (let shoppers = 10; shoppers <= 300; shoppers++) {
      const { goal, overSelection, invited } = demoRound(shoppers, secureSum)
      // As the coordinator reckons.
      expect(invited).toBe(Math.ceil(goal * overSelection))
      expect(invited).toBeLessThanOrEqual(shoppers)
    }
  })

  it('has groups that devices accept, wherever there are shoppers enough', () => {
    for (let shoppers = 10; shoppers <= 150; shoppers++) {
      const { minimum, invited, masking, limits } = demoRound(shoppers, 'masked')
      const accepted = { ...DEFAULT_LIMITS, ...limits }
      expect(masking.dropout).toBeGreaterThanOrEqual(accepted.dropout)
      expect(minimum).toBeGreaterThanOrEqual(accepted.minimumCohort)
      for (let size = minimum; size <= invited; size++) {
        const { neighbours, threshold } = groupParameters(masking, size, size)!
        expect(threshold).toBeGreaterThanOrEqual(accepted.minimumThreshold)
        // Against a coordinator that lies, a device is sure only of a threshold of each one's neighbours.
        const share = masking.coordinator === 'curious' ? 1 : threshold / neighbours
        const honest = Math.floor(size * share) - colluders(size)
        expect(honest, `${size} of ${shoppers}`).toBeGreaterThanOrEqual(accepted.minimumCohort)
      }
      // No survivor asks for more of them than a round does.
      expect(accepted.minimumCohort + colluders(invited)).toBeLessThanOrEqual(minimum)
    }
  })
})
