import { describe, expect, it } from 'vitest'
import { play, TWELVE } from '../testing/play.js'
import { expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5

describe('the coordinator that sums vectors', () => {
  it('refuses one of another size', async () => {
    const { round, end } = await play({
      ...TWELVE,
      tamperVector: (device, packed) => (device === ONE ? packed.slice(1) : packed),
    })
    expect(end.refused).toEqual([`${ONE} upload TACIT_VECTOR_SIZE`])
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('takes one of each, and none once the upload is closed: the sum is not changed', async () => {
    for (const at of ['survivors', 'signatures']) {
      const { round, end } = await play({
        ...TWELVE,
        lenient: true,
        silently: true,
        tamperDown: (device, step, body, on) => {
          if (device !== ONE || step !== at) return body
          expect(on.coordinator.expectsVector(String(ONE))).toBe(false)
          expect(() => on.coordinator.vector(String(ONE), new Uint8Array(30))).toThrow(
            expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
          )
          expect(() => on.coordinator.merge(0, { members: ['1'], words: new Uint32Array(10) })).toThrow(
            expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
          )
          return body
        },
      })
      expect(end.sums).toEqual(expectedSum(round, end.survivors))
      expect(end.survivors).toHaveLength(12)
    }
  })

  it('refuses a second one, while it waits for others', async () => {
    const round = new MaskedRound(TWELVE)
    const vector = round.coordinator.vector.bind(round.coordinator)
    let seconds = 0
    round.coordinator.vector = (member, packed) => {
      const effects = vector(member, packed)
      if (effects.length > 0) return effects
      seconds++
      expect(round.coordinator.expectsVector(member)).toBe(false)
      expect(round.coordinator.resume(member)).toEqual([])
      expect(() => vector(member, packed)).toThrow(expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }))
      return effects
    }
    const end = await round.run()
    expect(seconds).toBe(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(end.survivors).toHaveLength(12)
  })

  it('fails with fewer than the minimum, and with one whatever the minimum', async () => {
    const lost = (count: number) => (device: number) => (device < count ? ('upload' as const) : undefined)
    const masking = { adversarial: 0.01, dropout: 0.01 }
    const two = await play({ devices: 12, masking, plan: { minimum: 11 }, vanishes: lost(2) })
    expect(two.end.failure).toBe('too-few-survivors')
    const all = await play({ devices: 12, masking, plan: { minimum: 2 }, vanishes: lost(11) })
    expect(all.end.failure).toBe('too-few-survivors')
  })

  it('fails where somebody has too few surviving neighbours to be opened', async () => {
    for (const silently of [true, false]) {
      const { end } = await play((graph) => ({
        ...TWELVE,
        silently,
        vanishes: (device) => (graph.neighboursOf(ONE).slice(1).includes(device) ? 'upload' : undefined),
      }))
      expect(end.failure).toBe('shares-missing')
      expect(end.said.filter(({ step }) => step === 'consistency')).toEqual([])
    }
  })

  it('adds what gateways hold, and fails if they do not deliver it', async () => {
    const held = (device: number) => device % 3 === 0
    const { round, end } = await play({ ...TWELVE, held })
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    const { end: undelivered } = await play({ ...TWELVE, held, delivers: false })
    expect(undelivered.failure).toBe('partial-mismatch')
    expect(undelivered.said.filter(({ step }) => step === 'consistency')).toEqual([])
  })

  it('waits for all gateways', async () => {
    const round: MaskedRound = new MaskedRound({ ...TWELVE, held: (device) => device < 6 })
    const merge = round.coordinator.merge.bind(round.coordinator)
    round.coordinator.merge = (clock, { members }) => {
      expect(merge(clock, round.partialOf(members.slice(0, 2)))).toEqual([])
      return merge(clock, round.partialOf(members.slice(2)))
    }
    const end = await round.run()
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('waits for what gateways hold though a device leaves', async () => {
    const round: MaskedRound = new MaskedRound({ ...TWELVE, held: (device) => device < 6 })
    const merge = round.coordinator.merge.bind(round.coordinator)
    round.coordinator.merge = (clock, partial) => {
      expect(round.coordinator.leave('2')).toEqual([])
      expect(round.coordinator.leave('9')).toEqual([])
      return merge(clock, partial)
    }
    const end = await round.run()
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('refuses messages while it waits for vectors', async () => {
    const { end } = await play({
      ...TWELVE,
      lenient: true,
      tamperDown: (device, step, body, on) => {
        if (device === ONE && step === 'deliveries') on.hear(ONE, { step: 'shares', body: {} })
        return body
      },
    })
    expect(end.refused).toEqual([`${ONE} shares TACIT_OUT_OF_PHASE`])
    expect(end.survivors).toHaveLength(12)
  })
})
