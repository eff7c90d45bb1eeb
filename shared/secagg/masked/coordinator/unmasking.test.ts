import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../bytes/index.js'
import { flip, type Graph, play, sayOtherwise, TWELVE } from '../testing/play.js'
import { type Body, expectedSum, MaskedRound, type RoundOptions } from '../testing/round.js'

const WRONG = 'a share that it told is not one it was dealt'
const UNOPENED = 'no shares open its secret: it dealt wrongly, or too many told wrong ones'
const ONE = 5

const allWrong = (body: Body) => ({
  shares: body.shares.map((share: string | null) => share && flip(share)),
})

/** Devices at these places tell nothing but wrong shares. */
const liarsAt = (graph: Graph, places: readonly number[]): RoundOptions => ({
  ...TWELVE,
  tamperUp: (device, step, body) =>
    step === 'unmask' && places.includes(graph.placeOf(device)) ? allWrong(body) : body,
})

describe('the coordinator that opens the sum', () => {
  it.each([
    ['too few', (body: Body) => ({ shares: body.shares.slice(1) })],
    ['too many', (body: Body) => ({ shares: [...body.shares, null] })],
  ])('refuses %s shares', async (_name, change) => {
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'unmask', change) })
    expect(end.refused).toEqual([`${ONE} unmask TACIT_MESSAGE_INVALID`])
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it.each([[[0]], [[0, 1]], [[2, 1, 0]]])(
    'gets past wrong shares of those at places %j, and names them',
    async (places) => {
      const { round, end, graph } = await play((drawn) => liarsAt(drawn, places))
      expect(end.failure).toBeUndefined()
      expect(end.survivors).toHaveLength(12)
      expect(end.sums).toEqual(expectedSum(round, end.survivors))
      expect([...end.blamed.keys()].map((device) => graph.placeOf(device)).toSorted()).toEqual(
        places.toSorted(),
      )
      expect(new Set(end.blamed.values())).toEqual(new Set([WRONG]))
    },
  )

  it('gets past them where the device is lost whose mask key they open', async () => {
    const { round, end, graph } = await play((drawn) => ({
      ...liarsAt(drawn, [0]),
      vanishes: (device) => (device === ONE ? 'upload' : undefined),
    }))
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    if (graph.placeOf(ONE) !== 0) expect([...end.blamed.keys()]).toEqual([graph.deviceAt(0)])
  })

  it('fails, and says why, where there are too many of them', async () => {
    const { end } = await play((drawn) => liarsAt(drawn, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]))
    expect(end.failure).toBe('shares-invalid')
    expect(end.sums).toBeUndefined()
  })

  it('fails where no more shares come than a threshold less one', async () => {
    const lost = (graph: Graph, device: number) => graph.neighboursOf(ONE).slice(1).includes(device)
    for (const silently of [true, false]) {
      const { end } = await play((graph) => ({
        ...TWELVE,
        silently,
        vanishes: (device) => (lost(graph, device) ? 'unmask' : undefined),
      }))
      expect(end.failure).toBe('shares-missing')
      expect(end.sums).toBeUndefined()
    }
  })

  it('succeeds with a threshold, and fails if one of them is wrong: there is no surplus', async () => {
    const lost = (graph: Graph, device: number) => graph.neighboursOf(ONE).slice(2).includes(device)
    for (const wrong of [false, true]) {
      const { round, end } = await play((graph) => ({
        ...TWELVE,
        vanishes: (device) => (lost(graph, device) ? 'unmask' : undefined),
        tamperUp: (device, step, body) =>
          wrong && step === 'unmask' && device === graph.neighboursOf(ONE)[0] ? allWrong(body) : body,
      }))
      expect(end.failure).toBe(wrong ? 'shares-invalid' : undefined)
      if (!wrong) expect(end.sums).toEqual(expectedSum(round, end.survivors))
    }
  })

  it('fails where a device dealt shares of another secret than it committed to', async () => {
    const change = (body: Body) => ({ ...body, commitment: encodeBase64Url(new Uint8Array(32)) })
    const { end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'shares', change) })
    expect(end.failure).toBe('shares-invalid')
    expect([...end.blamed]).toEqual([[ONE, UNOPENED]])
    expect(end.sums).toBeUndefined()
  })

  it('fails where a device dealt what nobody can open', async () => {
    const change = (body: Body) => ({ ...body, sealed: body.sealed.map((one: string) => flip(one)) })
    const { end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'shares', change) })
    expect(end.failure).toBe('shares-missing')
  })

  it('opens the mask key of whoever was lost after dealing, with no share of its own mask', async () => {
    const { round, end } = await play({
      ...TWELVE,
      vanishes: (device) => (device === ONE || device === 7 ? 'upload' : undefined),
    })
    expect(end.survivors).toHaveLength(10)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('takes away as many masks as there are', async () => {
    const { round, end } = await play({
      devices: 20,
      vanishes: (device) => (device < 5 ? 'upload' : undefined),
    })
    // Of 15 survivors, and of each of them with five that are lost: more than are expanded in one go.
    expect(end.survivors).toHaveLength(15)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('closes once, though its deadline passes while masks are being taken away', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    let closed = 0
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (step !== 'unmask' || !effects.some(({ type }) => type === 'compute')) return effects
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
})
