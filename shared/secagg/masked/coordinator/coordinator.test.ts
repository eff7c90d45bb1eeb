import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../bytes/index.js'
import { play, TWELVE } from '../testing/play.js'
import { expectedSum, MaskedRound, type RoundOptions } from '../testing/round.js'

const ONE = 5
const STEPS = ['keys', 'reveal', 'shares', 'consistency', 'unmask'] as const

/** A round that is to end well, with all of its devices, whatever one of them says besides. */
async function endsWell(options: Partial<RoundOptions>): Promise<readonly string[]> {
  const { round, end } = await play({ ...TWELVE, lenient: true, ...options })
  expect(end.failure).toBeUndefined()
  expect(end.survivors).toHaveLength(12)
  expect(end.sums).toEqual(expectedSum(round, end.survivors))
  return end.refused
}

const also = (at: string, step: string, body: (right: Json) => Json): Partial<RoundOptions> => ({
  alsoUp: (device, said, right) => (device === ONE && said === at ? [{ step, body: body(right) }] : []),
})

describe('the coordinator of a masked round', () => {
  it.each(STEPS)('takes %s twice if it is the same', async (step) => {
    expect(await endsWell(also(step, step, (right) => structuredClone(right)))).toEqual([])
  })

  it.each([
    ['keys', (body: Json) => ({ ...(body as object), credential: 'x' })],
    ['reveal', (body: Json) => ({ ...(body as object), value: 'A'.repeat(43) })],
    ['shares', (body: Json) => ({ ...(body as object), commitment: 'A'.repeat(43) })],
    ['consistency', () => ({ signature: 'A'.repeat(86) })],
    ['unmask', () => ({ shares: Array(8).fill(null) })],
  ])('refuses a second %s that is another', async (step, change) => {
    expect(await endsWell(also(step, step, change))).toEqual([`${ONE} ${step} TACIT_DUPLICATE_MESSAGE`])
  })

  it.each(STEPS)('refuses whatever is not due when it has heard %s', async (at) => {
    const others = [...STEPS, 'upload', 'unheard-of'].filter((step) => step !== at)
    // Each from another device, none of which is the last to be heard.
    const refused = await endsWell({
      alsoUp: (device, said, body) =>
        said === at && device < others.length ? [{ step: others[device]!, body }] : [],
    })
    expect(refused.toSorted()).toEqual(others.map((step, device) => `${device} ${step} TACIT_OUT_OF_PHASE`))
  })

  it.each(STEPS)('refuses a malformed %s, and takes the right one afterwards', async (step) => {
    const bodies = fc.array(fc.jsonValue(), { minLength: 12, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(bodies, async (malformed) => {
        const right: Json[] = []
        const refused = await endsWell({
          tamperUp: (device, said, body) => {
            if (said !== step) return body
            right[device] = body
            return malformed[device] as Json
          },
          alsoUp: (device, said) => (said === step ? [{ step, body: right[device]! }] : []),
        })
        const all = malformed.map((_, device) => `${device} ${step} TACIT_MESSAGE_INVALID`)
        expect(refused.toSorted()).toEqual(all.toSorted())
      }),
      { numRuns: 3 },
    )
  })

  // A device that was away when the phase changed says again what it said last: see SumDevice.resume.
  it.each([
    ['keys', 'draw'],
    ['reveal', 'neighbours'],
    ['shares', 'deliveries'],
    ['consistency', 'signatures'],
  ])('takes %s again, as it was, when it has already gone on to %s', async (step, next) => {
    const refused = await endsWell({
      tamperDown: (device, heard, body, round) => {
        if (device === ONE && heard === next) {
          round.hear(ONE, round.said.find((one) => one.device === ONE && one.step === step)!)
        }
        return body
      },
    })
    expect(refused).toEqual([])
  })

  it('refuses what a device says that is not of the cohort', async () => {
    const round = new MaskedRound(TWELVE)
    expect(() => round.coordinator.receive('99', 'keys', {})).toThrow(
      expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
    )
    expect(() => round.coordinator.vector('1', new Uint8Array(30))).toThrow(
      expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
    )
    expect(() => round.coordinator.open()).toThrow(expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }))
    expect(round.coordinator.expectsVector('1')).toBe(false)
    expect(() => round.coordinator.merge(0, { members: [], words: new Uint32Array(10) })).toThrow(
      expect.objectContaining({ code: 'TACIT_SUM_MISMATCH' }),
    )
    await round.run()
    for (const step of STEPS) {
      expect(() => round.coordinator.receive('99', step, {})).toThrow(
        expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
      )
    }
  })

  it('does not begin a certified round where no issuer is known, nor one without masks', () => {
    const masking = { ...TWELVE.masking, identity: 'certified' } as const
    expect(() => new MaskedRound({ ...TWELVE, masking })).toThrow(
      expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }),
    )
    expect(() => new MaskedRound({ ...TWELVE, plan: { masking: undefined } })).toThrow(
      expect.objectContaining({ code: 'TACIT_PLAN_REFUSED' }),
    )
  })

  it('shows operators its phases, one after the other', async () => {
    const seen: string[] = []
    const note = () => {
      const { phase } = round.coordinator.view()
      if (seen.at(-1) !== phase) seen.push(phase)
    }
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      tamperDown: (_device, _step, body) => {
        note()
        return body
      },
    })
    note()
    await round.run()
    note()
    expect(seen).toEqual(['keys', 'graph', 'shares', 'upload', 'consistency', 'unmask', 'closed'])
  })
})
