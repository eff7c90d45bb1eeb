import { describe, expect, it } from 'vitest'
import { flip, play, sayOtherwise, TWELVE } from '../testing/play.js'
import { type Body, expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5

describe('the coordinator that collects keys', () => {
  it('blames and drops whoever did not sign its keys, and goes on', async () => {
    const unsigned = (body: Body) => ({ ...body, signature: flip(body.signature) })
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'keys', unsigned) })
    expect([...end.blamed]).toEqual([[ONE, 'its keys are not signed for this plan']])
    expect(end.dropped).toEqual([ONE])
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(round.fateOf(ONE).said).toEqual(['keys'])
  })

  it('keeps the first of two tabs of one device', async () => {
    const seed = new Uint8Array(32).fill(9)
    const { round, end } = await play({
      ...TWELVE,
      masking: { ...TWELVE.masking, identity: 'certified' },
      environment: { verifyCredential: async () => {} },
      own: (device) => ({
        identity: {
          seed: device === 3 || device === 8 ? seed.slice() : seed.map((byte) => byte + device + 1),
          credential: 'x',
        },
      }),
    })
    expect([...end.blamed.keys()]).toEqual([8])
    expect(end.survivors).toHaveLength(11)
    expect(end.survivors).toContain('3')
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('drops whoever is silent at the deadline, and hears nothing of it afterwards', async () => {
    const { end } = await play({
      ...TWELVE,
      silently: true,
      vanishes: (device) => (device === ONE ? 'keys' : undefined),
    })
    expect(end.dropped).toEqual([ONE])
    expect(end.survivors).toHaveLength(11)
  })

  it('leaves out whoever left, after its keys too', async () => {
    const round = new MaskedRound({
      ...TWELVE,
      alsoUp: (device, step) => {
        // While all others' keys are still on their way.
        if (device === ONE && step === 'keys') round.coordinatorDoes(() => round.coordinator.leave('4'))
        return []
      },
    })
    const end = await round.run()
    expect(end.survivors).not.toContain('4')
  })

  it('fails with fewer than the minimum', async () => {
    const { end } = await play({
      ...TWELVE,
      plan: { minimum: 11 },
      vanishes: (device) => (device < 2 ? 'keys' : undefined),
    })
    expect(end.failure).toBe('too-few-survivors')
  })

  it('sums nothing over a single device, whatever the minimum', async () => {
    const { end } = await play({ devices: 1, plan: { minimum: 1 } })
    expect(end.failure).toBe('too-few-survivors')
    expect(end.heard).toEqual([])
    const { end: two } = await play({ devices: 2, plan: { minimum: 1 } })
    expect(two.failure).toBe('no-parameters')
  })

  it('keeps the second tab where the first has left', async () => {
    const seed = new Uint8Array(32).fill(9)
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      masking: { ...TWELVE.masking, identity: 'certified' },
      environment: { verifyCredential: async () => {} },
      own: (device) => ({
        identity: {
          seed: device === 3 || device === 8 ? seed : seed.map((byte) => byte + device + 1),
          credential: 'x',
        },
      }),
    })
    const receive = round.coordinator.receive.bind(round.coordinator)
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (member === '9' && step === 'keys') effects.push(...round.coordinator.leave('3'))
      return effects
    }
    const end = await round.run()
    expect(end.blamed).toEqual(new Map())
    expect(end.survivors).toHaveLength(11)
    expect(end.survivors).toContain('8')
  })

  it('changes nothing while keys are being checked, but who left', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    let frozen = false
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (frozen || !effects.some(({ type }) => type === 'compute')) return effects
      frozen = true
      expect(round.coordinator.view().phase).toBe('keys')
      expect(round.coordinator.deadline(0)).toEqual([])
      expect(round.coordinator.leave('4')).toEqual([])
      expect(round.coordinator.resume('5')).toEqual([])
      expect(() => receive('99', 'keys', body)).toThrow(
        expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
      )
      return effects
    }
    const end = await round.run()
    expect(frozen).toBe(true)
    expect(end.survivors).toHaveLength(11)
    expect(end.survivors).not.toContain('4')
    expect(end.heard.some(({ device }) => device === 4)).toBe(false)
  })

  it('hears no keys after the deadline', async () => {
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      silently: true,
      vanishes: (device) => (device === 4 ? 'keys' : undefined),
    })
    const deadline = round.coordinator.deadline.bind(round.coordinator)
    round.coordinator.deadline = (clock) => {
      const effects = deadline(clock)
      const body = round.said.find(({ step }) => step === 'keys')!.body as Body
      const late = { ...body, credential: 'late' }
      expect(() => round.coordinator.receive('4', 'keys', late)).toThrow(
        expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
      )
      expect(round.coordinator.leave('4')).toEqual([])
      return effects
    }
    expect((await round.run()).survivors).toHaveLength(11)
  })
})
