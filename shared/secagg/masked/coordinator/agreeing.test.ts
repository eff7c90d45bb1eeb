import { describe, expect, it } from 'vitest'
import { flip, play, sayOtherwise, TWELVE } from '../testing/play.js'
import { type Body, expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5
const forged = (body: Body) => ({ signature: flip(body.signature) })

describe('the coordinator that collects signatures of the survivors', () => {
  it('blames whoever signed something else, shows it to nobody, and goes on', async () => {
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'consistency', forged) })
    expect([...end.blamed]).toEqual([[ONE, 'its signature of the survivors does not hold']])
    expect(end.left).toEqual(new Map())
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    expect(round.fateOf(ONE).said).not.toContain('unmask')
  })

  it('goes on without whoever is silent, and fails without all', async () => {
    const silent = (count: number) => (device: number) =>
      device < count ? ('consistency' as const) : undefined
    const { round, end } = await play({ ...TWELVE, silently: true, vanishes: silent(4) })
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    for (const silently of [true, false]) {
      const all = await play({ ...TWELVE, silently, vanishes: silent(12) })
      expect(all.end.failure).toBe('shares-missing')
    }
  })

  it('asks only survivors', async () => {
    const { end } = await play({ ...TWELVE, vanishes: (device) => (device === ONE ? 'upload' : undefined) })
    const asked = end.heard.filter(({ step }) => step === 'survivors').map(({ device }) => device)
    expect(asked).toHaveLength(11)
    expect(asked).not.toContain(ONE)
  })

  it('tells all of them the same list', async () => {
    const { end, graph } = await play({
      ...TWELVE,
      vanishes: (device) => (device === ONE ? 'upload' : undefined),
    })
    const lists = end.heard.filter(({ step }) => step === 'survivors').map(({ body }: Body) => body.survivors)
    expect(new Set(lists)).toEqual(new Set([graph.survivorsWithout(ONE)]))
  })

  it('closes once, though its deadline passes while signatures are being checked', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    let closed = 0
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (step !== 'consistency' || !effects.some(({ type }) => type === 'compute')) return effects
      closed++
      expect(round.coordinator.deadline(0)).toEqual([])
      expect(round.coordinator.leave('4')).toEqual([])
      return effects
    }
    const end = await round.run()
    expect(closed).toBe(1)
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('does not ask for shares from whoever has left since it signed', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (member === '2' && step === 'consistency') round.coordinator.leave('2')
      return effects
    }
    const end = await round.run()
    const asked = end.heard.filter(({ step }) => step === 'signatures').map(({ device }) => device)
    expect(asked).toHaveLength(11)
    expect(asked).not.toContain(2)
    expect(end.survivors).toHaveLength(12)
  })
})
