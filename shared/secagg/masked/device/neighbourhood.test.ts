import { describe, expect, it } from 'vitest'
import { flip, play, TWELVE, tellOtherwise } from '../testing/play.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { type Body, expectedSum } from '../testing/round.js'

const VICTIM = 5

const first = (list: readonly Body[], change: (one: Body) => Body) => [change(list[0]), ...list.slice(1)]
const reveals = (change: (list: Body[]) => Body[]) => (body: Body) => ({
  ...body,
  reveals: change(body.reveals),
})
const neighbours = (change: (list: Body[]) => Body[]) => (body: Body) => ({
  ...body,
  neighbours: change(body.neighbours),
})
const FIELDS = ['identity', 'channel', 'mask', 'commitment', 'signature', 'proof'] as const

type Attack = readonly [name: string, code: string, change: (body: Body) => Body]

const INVALID: readonly Attack[] = [
  ['of another attempt', 'TACIT_ROSTER_INVALID', (body) => ({ ...body, attempt: 2 })],
  ['without one of the values', 'TACIT_ROSTER_INVALID', reveals((list) => list.slice(1))],
  ['with one value more', 'TACIT_ROSTER_INVALID', reveals((list) => [...list, list[0]])],
  [
    'with two values swapped',
    'TACIT_ROSTER_INVALID',
    reveals((list) => [list[1], list[0], ...list.slice(2)]),
  ],
  [
    'with another value',
    'TACIT_ROSTER_INVALID',
    reveals((list) => first(list, (one) => ({ ...one, value: flip(one.value) }))),
  ],
  [
    'with a value signed for another list',
    'TACIT_ROSTER_INVALID',
    reveals((list) => first(list, (one) => ({ ...one, signed: flip(one.signed) }))),
  ],
  [
    'with a value signed by another',
    'TACIT_ROSTER_INVALID',
    reveals((list) => first(list, (one) => ({ ...one, signed: list[1].signed }))),
  ],
  [
    'with a proof of another for itself',
    'TACIT_ROSTER_INVALID',
    (body) => ({ ...body, own: body.neighbours[0].proof }),
  ],
  ['with no proof for itself', 'TACIT_ROSTER_INVALID', (body) => ({ ...body, own: '' })],
  ['without one of the neighbours', 'TACIT_ROSTER_INVALID', neighbours((list) => list.slice(1))],
  ['without the last of the neighbours', 'TACIT_ROSTER_INVALID', neighbours((list) => list.slice(0, -1))],
  ['with one neighbour more', 'TACIT_ROSTER_INVALID', neighbours((list) => [...list, list[0]])],
  ['with one neighbour twice', 'TACIT_ROSTER_INVALID', neighbours((list) => [list[0], ...list])],
  [
    'with two neighbours swapped',
    'TACIT_ROSTER_INVALID',
    neighbours((list) => [list[1], list[0], ...list.slice(2)]),
  ],
  [
    'with a credential exchanged',
    'TACIT_ROSTER_INVALID',
    neighbours((list) => first(list, (one) => ({ ...one, credential: 'x' }))),
  ],
  ['with what is no base64url', 'TACIT_MESSAGE_INVALID', (body) => ({ ...body, own: '!' })],
  ...FIELDS.flatMap((field): Attack[] => [
    [
      `with another ${field} of a neighbour`,
      'TACIT_ROSTER_INVALID',
      neighbours((list) => first(list, (one) => ({ ...one, [field]: flip(one[field]) }))),
    ],
    [
      `with another ${field} of one of the committee`,
      'TACIT_ROSTER_INVALID',
      reveals((list) => first(list, (one) => ({ ...one, [field]: flip(one[field]) }))),
    ],
  ]),
]

describe('a device that hears of its neighbours', () => {
  it.each(INVALID)('stops at a message %s', async (_name, code, change) => {
    const { round, end } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'neighbours', change) })
    expect(round.fateOf(VICTIM)).toEqual({ code, said: ['keys', 'reveal'], wiped: true })
    expect(end.left.size).toBe(1)
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('stops at a neighbour that stands in the list, and in the group, but not next to it', async () => {
    const { round } = await play({
      ...TWELVE,
      ...tellOtherwise(VICTIM, 'neighbours', (body) => {
        const near = body.neighbours.map((one: Body) => one.identity)
        const far = body.reveals.filter((one: Body) => !near.includes(one.identity))
        expect(far.length).toBe(4)
        const { value: _value, signed: _signed, ...proven } = far[0]
        return { ...body, neighbours: [proven, ...body.neighbours.slice(1)] }
      }),
    })
    const fate = { code: 'TACIT_ROSTER_INVALID', said: ['keys', 'reveal'], wiped: true }
    expect(round.fateOf(VICTIM)).toEqual(fate)
  })

  it('signs what it reveals for the list that it was shown, of which the others see at once', async () => {
    const change = (body: Body) => ({ ...body, root: flip(body.root) })
    const { end } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'draw', change) })
    expect([...end.blamed.keys()]).toEqual([VICTIM])
    expect(end.survivors).toHaveLength(11)
  })

  it('stops at values that were revealed and signed for another list', async () => {
    const change = (body: Body) => ({ ...body, root: flip(body.root) })
    const suite = await rememberingSuite()
    const blind = { suite: async () => ({ ...suite, verify: async () => true }) }
    const { end } = await play({
      ...TWELVE,
      coordinatorEnvironment: blind,
      ...tellOtherwise(VICTIM, 'draw', change),
    })
    expect([...end.left.values()]).toEqual(Array(12).fill('TACIT_ROSTER_INVALID'))
  })

  it.each([
    ['a threshold below its own', { minimumCohort: 2, minimumThreshold: 3 }, {}],
    [
      'a group that may be opened below its own minimum',
      { minimumCohort: 11, minimumThreshold: 2 },
      { minimum: 10 },
    ],
  ])('stops at %s', async (_name, limits, plan) => {
    const own = (device: number) => (device === VICTIM ? { limits } : {})
    const { round, end } = await play({ ...TWELVE, plan, own })
    expect(round.fateOf(VICTIM)).toEqual({
      code: 'TACIT_GROUP_TOO_SMALL',
      said: ['keys', 'reveal'],
      wiped: true,
    })
    expect(end.survivors).toHaveLength(11)
  })

  it.each([
    ['curious', 12, 11],
    // Of eleven neighbours seven must sign, so that a sum may be over seven devices, one of them an adversary.
    ['equivocating', 7, 6],
  ] as const)(
    'stops at a group that is not sure of enough honest devices, the coordinator being %s',
    async (coordinator, more, enough) => {
      const fateWith = async (minimumCohort: number) => {
        const limits = { minimumCohort, minimumThreshold: 2 }
        const { round } = await play({
          devices: 12,
          masking: { coordinator, adversarial: 0.01, dropout: 0.01 },
          plan: { minimum: more },
          own: (device) => (device === VICTIM ? { limits } : {}),
        })
        return round.fateOf(VICTIM)
      }
      expect(await fateWith(more)).toEqual({
        code: 'TACIT_GROUP_TOO_SMALL',
        said: ['keys', 'reveal'],
        wiped: true,
      })
      expect((await fateWith(enough)).said).toContain('unmask')
    },
  )

  it('takes a threshold and a minimum that are just enough', async () => {
    const limits = { minimumCohort: 10, minimumThreshold: 2 }
    const { end } = await play({ ...TWELVE, plan: { minimum: 10 }, own: () => ({ limits }) })
    expect(end.survivors).toHaveLength(12)
  })

  it('stops where no parameters suffice for its group, whatever the coordinator thinks', async () => {
    const masking = {
      coordinator: 'curious',
      adversarial: 0.01,
      dropout: 0.9,
      identity: 'anonymous',
    } as const
    const planOf = (device: number, plan: Body) => (device === VICTIM ? { ...plan, masking } : plan)
    const { round } = await play({ ...TWELVE, planOf })
    expect(round.fateOf(VICTIM).code).toBe('TACIT_GROUP_TOO_SMALL')
  })
})
