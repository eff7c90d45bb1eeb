import { describe, expect, it } from 'vitest'
import { toBytes } from '../bodies.js'
import { survivorsStatement } from '../statements.js'
import { flip, play, signAs, TWELVE, tellOtherwise } from '../testing/play.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { type Body, expectedSum } from '../testing/round.js'

const VICTIM = 5
const STOPPED = {
  code: 'TACIT_SURVIVORS_INCONSISTENT',
  said: ['keys', 'reveal', 'shares', 'upload', 'consistency'],
  wiped: true,
}

describe('a device that hears the signatures of its neighbours', () => {
  const signatures = (change: (list: (string | null)[]) => (string | null)[]) => (body: Body) => ({
    signatures: change(body.signatures),
  })
  const firstOf = (list: readonly (string | null)[]) => list.findIndex((one) => one !== null)
  const replace = (list: (string | null)[], one: string | null) => list.with(firstOf(list), one)

  const ATTACKS: readonly [name: string, change: (list: (string | null)[]) => (string | null)[]][] = [
    ['none', (list) => list.map(() => null)],
    ['one less than the threshold', (list) => replace(list, null)],
    ['one more than it has neighbours', (list) => [...list, null]],
    ['one less than it has neighbours', (list) => list.slice(0, -1)],
    ['one that does not hold', (list) => replace(list, flip(list[firstOf(list)]!))],
    [
      'one of another neighbour',
      (list) => list.map((one) => one && list.findLast((other) => other !== null)!),
    ],
    ['those of others in another order', (list) => list.toReversed()],
  ]

  it.each(ATTACKS)('stops at %s', async (_name, change) => {
    const { round, end } = await play({
      ...TWELVE,
      ...tellOtherwise(VICTIM, 'signatures', signatures(change)),
    })
    expect(round.fateOf(VICTIM)).toEqual(STOPPED)
    expect(end.left.size).toBe(1)
    expect(end.survivors).toHaveLength(12)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('stops at the signature of one who is not in its list', async () => {
    const suite = await rememberingSuite()
    for (const colludes of [true, false]) {
      const { round } = await play((graph) => ({
        ...TWELVE,
        coordinatorEnvironment: { suite: async () => ({ ...suite, verify: async () => true }) },
        tamperDown: (device, step, body, at) => {
          if (device !== VICTIM || (step !== 'survivors' && step !== 'signatures')) return body
          // All its neighbours help the coordinator.
          const [lost, ...near] = graph.neighboursOf(VICTIM)
          const survivors = graph.survivorsWithout(lost!)
          if (step === 'survivors') return { survivors }
          const statement = survivorsStatement(graph.config, toBytes(survivors))
          const signatures = near.map((one) => signAs(at, one, statement))
          return { signatures: [colludes ? signAs(at, lost!, statement) : null, ...signatures] }
        },
      }))
      const goesOn = { code: undefined, said: [...STOPPED.said, 'unmask'], wiped: true }
      expect(round.fateOf(VICTIM)).toEqual(colludes ? STOPPED : goesOn)
    }
  })

  it('tells the share of one of the two secrets for each neighbour', async () => {
    const { round, end, graph } = await play({
      ...TWELVE,
      vanishes: (device) => (device === 0 || device === 3 ? 'upload' : undefined),
    })
    expect(end.survivors).toHaveLength(10)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
    const told = end.said.find(({ device, step }) => device === VICTIM && step === 'unmask')!.body as Body
    expect(told.shares.map((share: string | null) => share?.length)).toEqual(Array(8).fill(43))
    expect(new Set(told.shares).size).toBe(8)
    expect(graph.neighboursOf(VICTIM)).toHaveLength(8)
  })
})
