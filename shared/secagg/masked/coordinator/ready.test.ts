import { describe, expect, it } from 'vitest'
import { Graph, play, TWELVE } from '../testing/play.js'
import { expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5

describe('the coordinator that is ready to open the sum', () => {
  it('asks whoever is left, and opens it without those who left meanwhile', async () => {
    const { round, end } = await play({ ...TWELVE, leavesReady: [1, 2, 3] })
    const asked = end.heard.filter(({ step }) => step === 'signatures').map(({ device }) => device)
    expect(asked).toHaveLength(9)
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('asks nobody for anything when too few are left for somebody to be opened', async () => {
    const { end } = await play({ ...TWELVE, leavesReady: Array.from({ length: 11 }, (_, device) => device) })
    expect(end.failure).toBe('shares-missing')
    expect(end.heard.filter(({ step }) => step === 'signatures')).toEqual([])
  })

  it('is not ready when so few have signed that no device would open anything', async () => {
    const graph: Graph = new Graph(() => round)
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      vanishes: (device) => (graph.neighboursOf(ONE).slice(1).includes(device) ? 'consistency' : undefined),
    })
    // Whoever opens has been charged for it.
    round.coordinator.open = () => {
      throw new Error('it is not ready')
    }
    expect((await round.run()).failure).toBe('shares-missing')
  })

  it('asks only those who can be shown a threshold of signatures', async () => {
    const { end, graph } = await play({
      ...TWELVE,
      vanishes: (device) => (device === ONE ? 'consistency' : undefined),
    })
    for (const { body } of end.heard.filter(({ step }) => step === 'signatures')) {
      const { signatures } = body as { signatures: readonly (string | null)[] }
      expect(signatures.filter(Boolean)).toHaveLength(graph.parameters.threshold)
    }
    expect(end.survivors).toHaveLength(12)
  })

  it('hears nothing, and lets no deadline pass, before it is told to open', async () => {
    const round = new MaskedRound(TWELVE)
    const open = round.coordinator.open.bind(round.coordinator)
    round.coordinator.open = () => {
      expect(round.coordinator.view().phase).toBe('ready')
      expect(round.coordinator.deadline(0)).toEqual([])
      expect(round.coordinator.resume('1')).toEqual([])
      expect(() => round.coordinator.receive('1', 'consistency', {})).toThrow(
        expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
      )
      return open()
    }
    const end = await round.run()
    expect(end.survivors).toHaveLength(12)
    expect(() => open()).toThrow(expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }))
  })
})
