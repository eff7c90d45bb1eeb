import { describe, expect, it } from 'vitest'
import { decodeBase64Url, encodeBase64Url } from '../../../bytes/index.js'
import { type Graph, play, TWELVE, tellOtherwise } from '../testing/play.js'
import { type Body, expectedSum, type RoundOptions } from '../testing/round.js'

const VICTIM = 5
const STOPPED = {
  code: 'TACIT_SURVIVORS_INCONSISTENT',
  said: ['keys', 'reveal', 'shares', 'upload'],
  wiped: true,
}
const others = [...Array(12).keys()].filter((device) => device !== VICTIM)

/** What the victim is told of the survivors. */
const LISTS: readonly [name: string, list: (graph: Graph, told: string) => string][] = [
  ['without itself', (graph) => graph.survivorsWithout(VICTIM)],
  [
    'with all its neighbours but a threshold less one lost',
    (graph) => graph.survivorsWithout(...graph.neighboursOf(VICTIM).slice(1)),
  ],
  [
    'with a bit of no device',
    (_graph, told) => encodeBase64Url(decodeBase64Url(told).map((byte, i) => (i === 1 ? byte | 0x10 : byte))),
  ],
  ['a byte too long', (_graph, told) => encodeBase64Url(Uint8Array.of(...decodeBase64Url(told), 0))],
  ['a byte too short', (_graph, told) => encodeBase64Url(decodeBase64Url(told).slice(1))],
  ['of nobody', () => encodeBase64Url(new Uint8Array(2))],
]

const told = (list: (graph: Graph, told: string) => string, options: Partial<RoundOptions> = {}) =>
  play((graph) => ({
    ...TWELVE,
    ...options,
    ...tellOtherwise(VICTIM, 'survivors', (body: Body) => ({ survivors: list(graph, body.survivors) })),
  }))

describe('a device that hears who survived', () => {
  it.each(LISTS)('stops at a list %s', async (_name, list) => {
    const { round, end } = await told(list)
    expect(round.fateOf(VICTIM)).toEqual(STOPPED)
    expect(end.left.size).toBe(1)
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('stops at fewer than the minimum of its group', async () => {
    const list = (graph: Graph) => graph.survivorsWithout(...others.slice(0, 3))
    const nine = await told(list, { plan: { minimum: 10 } })
    expect(nine.round.fateOf(VICTIM)).toEqual(STOPPED)
    const ten = await told((graph) => graph.survivorsWithout(...others.slice(0, 2)), {
      plan: { minimum: 10 },
    })
    expect(ten.round.fateOf(VICTIM).said).toContain('consistency')
  })

  it('counts one adversary among the survivors, or more, besides those it wants', async () => {
    const limits = { minimumCohort: 10, minimumThreshold: 2 }
    const options: Partial<RoundOptions> = {
      plan: { minimum: 10 },
      own: (device) => (device === VICTIM ? { limits } : {}),
    }
    const ten = await told((graph) => graph.survivorsWithout(...others.slice(0, 2)), options)
    expect(ten.round.fateOf(VICTIM)).toEqual(STOPPED)
    const eleven = await told((graph) => graph.survivorsWithout(...others.slice(0, 1)), options)
    expect(eleven.round.fateOf(VICTIM).said).toContain('consistency')
  })

  it('stops at one who had dealt no shares', async () => {
    const withheld = (body: Body) => ({ sealed: [null, ...body.sealed.slice(1)] })
    const { round } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'deliveries', withheld) })
    expect(round.fateOf(VICTIM)).toEqual(STOPPED)
  })

  it('goes on with a threshold of neighbours', async () => {
    const { round } = await told((graph) => graph.survivorsWithout(...graph.neighboursOf(VICTIM).slice(2)))
    expect(round.fateOf(VICTIM).said).toContain('consistency')
  })

  it('signs no second list', async () => {
    for (const same of [true, false]) {
      const { round, end } = await play((graph) => ({
        ...TWELVE,
        alsoDown: (device, step, body) =>
          device === VICTIM && step === 'survivors'
            ? [{ step, body: same ? body : { survivors: graph.survivorsWithout(others[0]!) } }]
            : [],
      }))
      const code = same ? undefined : 'TACIT_OUT_OF_PHASE'
      expect(round.fateOf(VICTIM)).toMatchObject({ code, wiped: true })
      expect(end.said.filter(({ device, step }) => device === VICTIM && step === 'consistency')).toHaveLength(
        1,
      )
      expect(round.fateOf(VICTIM).said.includes('unmask')).toBe(same)
      expect(end.sums).toEqual(expectedSum(round, end.survivors))
    }
  })

  it('tells nothing before it has heard who survived', async () => {
    const { round } = await play({
      ...TWELVE,
      tamperDown: (device, step, body) => (device === VICTIM && step === 'survivors' ? undefined : body),
      alsoDown: (device, step) =>
        device === VICTIM && step === 'survivors'
          ? [{ step: 'signatures', body: { signatures: Array(8).fill(null) } }]
          : [],
    })
    expect(round.fateOf(VICTIM)).toEqual({ ...STOPPED, code: 'TACIT_OUT_OF_PHASE' })
  })
})
