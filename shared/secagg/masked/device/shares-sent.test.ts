import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../../../bytes/index.js'
import { flip, play, TWELVE, tellOtherwise } from '../testing/play.js'
import { type Body, expectedSum } from '../testing/round.js'

const VICTIM = 5
const STOPPED = { code: 'TACIT_NEIGHBOUR_INVALID', said: ['keys', 'reveal', 'shares'], wiped: true }

const sealed = (change: (list: string[]) => (string | null)[]) => (body: Body) => ({
  sealed: change(body.sealed),
})

const ATTACKS: readonly [name: string, change: (body: Body) => Body][] = [
  ['of too few neighbours', sealed((list) => list.slice(1))],
  ['of too many neighbours', sealed((list) => [...list, list[0]!])],
  ['none of which is there', sealed((list) => list.map(() => null))],
  ['of which a threshold less one is there', sealed((list) => list.map((one, i) => (i < 1 ? one : null)))],
  ['of which a threshold less one opens', sealed((list) => list.map((one, i) => (i < 1 ? one : flip(one))))],
  ['of which all tags are wrong', sealed((list) => list.map((one) => flip(one, 79)))],
  ['in another order', sealed((list) => [...list.slice(1), list[0]!])],
]

describe('a device that hears what its neighbours sealed', () => {
  it.each(ATTACKS)('stops at shares %s', async (_name, change) => {
    const { round, end } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'deliveries', change) })
    expect(round.fateOf(VICTIM)).toEqual(STOPPED)
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('stops at its own shares, sent back, and at those of another device', async () => {
    let own: Body
    const { round } = await play({
      ...TWELVE,
      tamperUp: (device, step, body) => {
        if (device === VICTIM && step === 'shares') own = body
        return body
      },
      ...tellOtherwise(VICTIM, 'deliveries', () => ({ sealed: own.sealed })),
    })
    expect(round.fateOf(VICTIM)).toEqual(STOPPED)

    let first: Body
    const { end } = await play({
      ...TWELVE,
      tamperDown: (_device, step, body) => {
        if (step !== 'deliveries') return body
        first ??= body
        return first
      },
    })
    expect([...end.left.values()]).toEqual(Array(11).fill('TACIT_NEIGHBOUR_INVALID'))
  })

  it('stops at what is no sealed pair of shares', async () => {
    const change = sealed((list) => [encodeBase64Url(new Uint8Array(79)), ...list.slice(1)])
    const { round } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'deliveries', change) })
    expect(round.fateOf(VICTIM)).toEqual({ ...STOPPED, code: 'TACIT_MESSAGE_INVALID' })
  })

  it('goes on with a threshold of shares, and masks with all who dealt', async () => {
    const change = sealed((list) => list.map((one, i) => (i < 2 ? one : flip(one))))
    const { round, end } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'deliveries', change) })
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    const unmask = end.said.find(({ device, step }) => device === VICTIM && step === 'unmask')!
    expect((unmask.body as Body).shares.filter(Boolean)).toHaveLength(2)
  })

  it('seals to each neighbour by itself, and never the same twice', async () => {
    const { end } = await play(TWELVE)
    const all = end.said.filter(({ step }) => step === 'shares').flatMap(({ body }: Body) => body.sealed)
    expect(all).toHaveLength(12 * 8)
    expect(new Set(all).size).toBe(12 * 8)
  })
})
