import { describe, expect, it } from 'vitest'
import { play, sayOtherwise, TWELVE } from '../testing/play.js'
import { type Body, expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5

describe('the coordinator that passes on shares', () => {
  it.each([
    ['too few', (body: Body) => ({ ...body, sealed: body.sealed.slice(1) })],
    ['too many', (body: Body) => ({ ...body, sealed: [...body.sealed, body.sealed[0]] })],
  ])('refuses %s of them', async (_name, change) => {
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'shares', change) })
    expect(end.refused).toEqual([`${ONE} shares TACIT_MESSAGE_INVALID`])
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('refuses shares that are no bytes, at which its neighbours would stop', async () => {
    const change = (body: Body) => ({ ...body, sealed: ['!'.repeat(107), ...body.sealed.slice(1)] })
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'shares', change) })
    expect([...end.left]).toEqual([[ONE, 'TACIT_MESSAGE_INVALID']])
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('drops whoever dealt none, and tells its neighbours', async () => {
    for (const silently of [true, false]) {
      const { end, graph } = await play({
        ...TWELVE,
        silently,
        vanishes: (device) => (device === ONE ? 'shares' : undefined),
      })
      // Of one that left, its coordinator knows.
      expect(end.dropped).toEqual(silently ? [ONE] : [])
      for (const { device, body } of end.heard.filter(({ step }) => step === 'deliveries')) {
        const at = graph.neighboursOf(device).indexOf(ONE)
        const missing = (body as Body).sealed.flatMap((one: string | null, i: number) =>
          one === null ? [i] : [],
        )
        expect(missing).toEqual(at < 0 ? [] : [at])
      }
    }
  })

  it('drops, too, whoever has fewer neighbours left than a threshold', async () => {
    const { round, end } = await play((graph) => ({
      ...TWELVE,
      silently: true,
      vanishes: (device) => (graph.neighboursOf(ONE).slice(1).includes(device) ? 'shares' : undefined),
    }))
    expect(end.dropped).toContain(ONE)
    expect(end.dropped).toHaveLength(8)
    expect(end.survivors).toHaveLength(4)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(round.fateOf(ONE).said).toEqual(['keys', 'reveal', 'shares'])
  })

  it('goes on dropping until all that are left have enough', async () => {
    // A ring, each device with two neighbours, both of whom it needs.
    const { end } = await play({
      devices: 12,
      masking: { adversarial: 0, dropout: 0 },
      vanishes: (device) => (device === ONE ? 'shares' : undefined),
    })
    expect(end.failure).toBe('too-few-survivors')
    expect(end.uploads.size).toBe(0)
  })

  it('fails with fewer than the minimum', async () => {
    const { end } = await play({
      ...TWELVE,
      plan: { minimum: 12 },
      vanishes: (device) => (device === ONE ? 'shares' : undefined),
    })
    expect(end.failure).toBe('too-few-survivors')
    expect(end.uploads.size).toBe(0)
  })

  it('tells a device that is back again what it owes an answer to, and nothing else', async () => {
    const again: unknown[] = []
    const { round, end } = await play({
      ...TWELVE,
      tamperDown: (device, step, body, at) => {
        if (device === ONE && step === 'neighbours') again.push(...at.coordinator.resume(String(ONE)))
        if (device === ONE && step === 'deliveries') again.push(...at.coordinator.resume(String(ONE)))
        if (device === ONE && step === 'survivors') again.push(...at.coordinator.resume(String(ONE)))
        if (device === ONE && step === 'signatures') again.push(...at.coordinator.resume(String(ONE)))
        return body
      },
    })
    const heard = end.heard.filter(({ device, step }) => device === ONE && step !== 'draw')
    expect(again).toEqual(heard.map(({ step, body }) => ({ type: 'send', to: String(ONE), step, body })))
    expect(round.coordinator.resume(String(ONE))).toEqual([])
    expect(heard).toHaveLength(4)
  })

  it('repeats nothing to a device that has answered', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    const again: unknown[] = []
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      // Whoever has just answered, as long as others still owe theirs.
      if (effects.length === 0) again.push(...round.coordinator.resume(member).filter(asksFor(step)))
      return effects
    }
    const end = await round.run()
    expect(end.survivors).toHaveLength(12)
    expect(again).toEqual([])
  })

  it('hears nothing more of a device that has left', async () => {
    for (const at of ['shares', 'consistency', 'unmask']) {
      const round = new MaskedRound(TWELVE)
      const receive = round.coordinator.receive.bind(round.coordinator)
      let left = false
      round.coordinator.receive = (member, step, body) => {
        if (step !== at || member !== String(ONE)) return receive(member, step, body)
        left = true
        const effects = round.coordinator.leave(member)
        expect(() => receive(member, step, body)).toThrow(
          expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
        )
        return effects
      }
      const end = await round.run()
      expect(left).toBe(true)
      expect(end.survivors).toHaveLength(at === 'shares' ? 11 : 12)
    }
  })
})

/** Whether an effect asks for what was just said. */
function asksFor(step: string): (effect: { readonly type: string; readonly step?: string }) => boolean {
  const asks: Readonly<Record<string, string>> = {
    shares: 'neighbours',
    consistency: 'survivors',
    unmask: 'signatures',
  }
  return (effect) => effect.step === asks[step]
}
