import { describe, expect, it } from 'vitest'
import { play, TWELVE } from '../testing/play.js'
import { expectedSum, MaskedRound } from '../testing/round.js'

const VICTIM = 5
const STEPS = ['roster', 'draw', 'neighbours', 'deliveries', 'survivors', 'signatures'] as const

/** What a device takes once it has answered each of these. */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  draw: ['roster', 'draw', 'neighbours'],
  neighbours: ['deliveries'],
  deliveries: ['survivors'],
  survivors: ['signatures'],
  signatures: [],
}

const withCode = (code: string) => expect.objectContaining({ code })

describe('a device of a masked round', () => {
  it.each(Object.entries(NEXT))('refuses after %s whatever is not its turn', async (after, turns) => {
    const wrong = STEPS.filter((step) => !turns.includes(step))
    // Each to another device.
    const { round } = await play({
      ...TWELVE,
      alsoDown: (device, heard) =>
        heard === after && device < wrong.length
          ? [{ step: wrong[device]!, body: { other: 'message' } }]
          : [],
    })
    for (const [device, step] of wrong.entries()) {
      expect([step, round.fateOf(device)]).toMatchObject([step, { code: 'TACIT_OUT_OF_PHASE', wiped: true }])
    }
  })

  it.each(STEPS.filter((step) => step !== 'roster' && step !== 'draw'))(
    'refuses %s as the first thing that it hears',
    async (step) => {
      const { round } = await play({
        ...TWELVE,
        tamperDown: (device, heard, body) => (device === VICTIM && heard === 'draw' ? undefined : body),
        alsoDown: (device, heard, body) => (device === VICTIM && heard === 'draw' ? [{ step, body }] : []),
      })
      expect(round.fateOf(VICTIM)).toEqual({ code: 'TACIT_OUT_OF_PHASE', said: ['keys'], wiped: true })
    },
  )

  it.each(['draw', 'neighbours', 'deliveries', 'survivors', 'signatures'])(
    'does not mind hearing %s twice',
    async (twice) => {
      const { round, end } = await play({
        ...TWELVE,
        alsoDown: (device, step, body) => (device === VICTIM && step === twice ? [{ step, body }] : []),
      })
      expect(end.left).toEqual(new Map())
      expect(end.said).toHaveLength(12 * 5)
      expect(end.sums).toEqual(expectedSum(round, end.survivors))
    },
  )

  it.each(['draw', 'neighbours', 'deliveries', 'survivors', 'signatures'])(
    'stops at a malformed %s, and takes nothing afterwards',
    async (step) => {
      const malformed = [null, [], {}, 'x', 7]
      const { round } = await play({
        ...TWELVE,
        tamperDown: (device, heard, right) =>
          heard === step && device < malformed.length ? malformed[device] : right,
      })
      for (const device of malformed.keys()) {
        expect(round.fateOf(device)).toMatchObject({ code: 'TACIT_MESSAGE_INVALID', wiped: true })
        expect(() => round.devices[device]!.receive(step, { another: 'one' })).toThrow(
          withCode('TACIT_OUT_OF_PHASE'),
        )
      }
    },
  )

  it('starts once', () => {
    const [device] = new MaskedRound(TWELVE).devices
    device!.start()
    expect(() => device!.start()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('does nothing for a plan that does not say how to mask', () => {
    const planOf = (_device: number, plan: MaskedRound['plan']) => ({ ...plan, masking: undefined })
    expect(() => new MaskedRound({ ...TWELVE, planOf })).toThrow(withCode('TACIT_PLAN_REFUSED'))
  })

  it('says the same again after a reconnect, whatever it said last', async () => {
    const { round, end } = await play(TWELVE)
    const last = end.said.findLast(({ device }) => device === VICTIM)!
    expect(round.devices[VICTIM]!.resume()).toEqual([{ type: 'send', step: 'unmask', body: last.body }])
  })

  it('takes a later list while it still computes what it says to the one before', async () => {
    const { end } = await play({ ...TWELVE, vanishes: (device) => (device < 2 ? 'reveal' : undefined) })
    expect(end.left).toEqual(new Map())
  })

  it('takes a few messages while it computes, but no more', () => {
    const [device] = new MaskedRound(TWELVE).devices
    device!.start()
    for (let message = 0; message < 4; message++) expect(device!.receive('draw', { message })).toEqual([])
    expect(() => device!.receive('draw', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('overwrites what it drew for its identity and its channels, too', async () => {
    const { round } = await play(TWELVE)
    const { drawn } = round.secrets[VICTIM]!
    expect(drawn.map((bytes) => bytes.every((byte) => byte === 0))).toEqual(drawn.map(() => true))
  })
})
