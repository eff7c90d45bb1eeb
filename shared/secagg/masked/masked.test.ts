import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plain } from '../plain.js'
import { expectedSum, MaskedRound, type RoundOptions, type Step } from './testing/round.js'

const STEPS: readonly Step[] = ['keys', 'reveal', 'shares', 'upload', 'consistency', 'unmask']

/** Enough for a dozen devices; losses of single ones are nothing to it. */
const SMALL = { adversarial: 0.01, dropout: 0.001 }

async function outcome(options: RoundOptions) {
  const round = new MaskedRound(options)
  const end = await round.run()
  return { round, end }
}

describe('a masked round', () => {
  it('sums the vectors of all devices', async () => {
    const { round, end } = await outcome({ devices: 20 })
    expect(end.failure).toBeUndefined()
    expect(end.left).toEqual(new Map())
    expect(end.survivors).toHaveLength(20)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(end.dropped).toEqual([])
    expect(end.blamed).toEqual(new Map())
  })

  it('splits a cohort larger than the largest group', async () => {
    const { round, end } = await outcome({ devices: 36, masking: SMALL, plan: { largestGroup: 14 } })
    expect(round.coordinator.view().groups).toBe(3)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(end.survivors).toHaveLength(36)
  })

  it('leaves nothing behind on a device', async () => {
    const { round } = await outcome({ devices: 12 })
    for (let device = 0; device < 12; device++) {
      const said = ['keys', 'reveal', 'shares', 'upload', 'consistency', 'unmask']
      expect(round.fateOf(device)).toEqual({ code: undefined, said, wiped: true })
    }
  })

  it.each(STEPS)('goes on without a device that is lost before its %s', async (step) => {
    for (const silently of [false, true]) {
      const { round, end } = await outcome({
        devices: 12,
        masking: SMALL,
        silently,
        vanishes: (device) => (device === 7 ? step : undefined),
      })
      expect([step, silently, end.failure]).toEqual([step, silently, undefined])
      expect(end.left).toEqual(new Map())
      // All are of the committee here: a list without the device takes the place of one with it.
      expect(end.survivors.includes('7')).toBe(step === 'consistency' || step === 'unmask')
      expect(end.sums).toEqual(expectedSum(round, end.survivors))
    }
  })

  const losses = fc.array(fc.tuple(fc.nat({ max: 13 }), fc.constantFrom(...STEPS)), { maxLength: 4 })

  it('gives the sum over whoever survived wherever devices are lost', async () => {
    await fc.assert(
      fc.asyncProperty(losses, fc.boolean(), fc.nat({ max: 1 }), async (lost, silently, seed) => {
        const vanishing = new Map(lost)
        const { round, end } = await outcome({
          devices: 14,
          masking: SMALL,
          seed,
          silently,
          vanishes: (device) => vanishing.get(device),
        })
        expect(end.left).toEqual(new Map())
        expect(end.failure).toBeUndefined()
        expect(end.sums).toEqual(expectedSum(round, end.survivors))
        for (const [device, step] of vanishing) {
          const counts = step === 'consistency' || step === 'unmask'
          expect(end.survivors.includes(String(device))).toBe(counts)
        }
        expect(end.survivors.length).toBeGreaterThanOrEqual(14 - vanishing.size)
      }),
      { numRuns: 12 },
    )
  })

  it.each([0, 0.1, 0.3])('equals plain for the same survivors with a share of %d lost', async (share) => {
    const devices = 18
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...Array(devices).keys()], {
          minLength: Math.round(share * devices),
          maxLength: Math.round(share * devices),
        }),
        fc.array(fc.constantFrom(...STEPS), { minLength: devices, maxLength: devices }),
        fc.boolean(),
        async (lost, steps, silently) => {
          const options = { devices, silently, masking: { adversarial: 0, dropout: 0.1 } }
          const { end } = await outcome({
            ...options,
            vanishes: (device) => (lost.includes(device) ? steps[device] : undefined),
          })
          const survives = (device: number) => end.survivors.includes(String(device))
          const { end: reference } = await outcome({
            ...options,
            backend: () => plain,
            vanishes: (device) => (survives(device) ? undefined : 'upload'),
          })
          expect(end.failure).toBeUndefined()
          expect(end.survivors.toSorted()).toEqual(reference.survivors.toSorted())
          expect(end.sums).toEqual(reference.sums)
        },
      ),
      { numRuns: 5 },
    )
  })
})
