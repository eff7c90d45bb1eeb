import { describe, expect, it } from 'vitest'
import { bytesToHex, encodeBase64Url } from '../../../bytes/index.js'
import { combine } from '../../shamir/index.js'
import { shareIndex } from '../share-index.js'
import { flip, play, TWELVE, tellOtherwise } from '../testing/play.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
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

  it('deals shares of its two secrets, of which a threshold opens them, and no fewer', async () => {
    const suite = await rememberingSuite()
    const dealt: Uint8Array[] = []
    const { round, graph } = await play({
      devices: 20,
      environment: {
        suite: async () => ({
          ...suite,
          seal: (key, text, associated) => {
            dealt.push(text.slice())
            return suite.seal(key, text, associated)
          },
        }),
      },
    })
    const { threshold, neighbours } = graph.parameters
    expect(threshold).toBe(3)
    expect(dealt).toHaveLength(20 * neighbours)
    const secrets = new Set<string>()
    for (let from = 0; from < dealt.length; from += neighbours) {
      for (const half of [0, 32]) {
        const texts = dealt.slice(from, from + neighbours).map((pair) => pair.subarray(half, half + 32))
        const xs = xsOf(texts)
        expect(opened(texts, xs, threshold - 1)).not.toEqual(opened(texts, xs, threshold))
        secrets.add(bytesToHex(opened(texts, xs, threshold)))
      }
    }
    const expected = round.secrets.flatMap(({ copies }) => [copies[2]!, copies[4]!]).map(bytesToHex)
    expect(secrets).toEqual(new Set(expected))

    /** Whose they are follows from which device has dealt: it is the one whose secret they open. */
    function xsOf(texts: readonly Uint8Array[]): readonly number[] {
      for (const device of round.devices.keys()) {
        const xs = graph.neighboursOf(device).map((one) => shareIndex(graph.placeOf(one)))
        const secret = bytesToHex(opened(texts, xs, threshold))
        const { copies } = round.secrets[device]!
        if ([copies[2]!, copies[4]!].map(bytesToHex).includes(secret)) return xs
      }
      throw new Error('nobody has dealt these')
    }

    function opened(texts: readonly Uint8Array[], xs: readonly number[], count: number): Uint8Array {
      const shares = texts.map((share, i) => ({ x: xs[i]!, share }))
      return combine(shares.slice(0, count), count)
    }
  })
})
