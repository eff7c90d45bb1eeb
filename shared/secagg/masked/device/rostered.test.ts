import { describe, expect, it } from 'vitest'
import { decodeBase64Url, encodeBase64Url } from '../../../bytes/index.js'
import { MAX_ATTEMPTS } from '../../graph/index.js'
import { NAME_BYTES } from '../entry.js'
import { flip, play, TWELVE, tellOtherwise } from '../testing/play.js'
import type { Body } from '../testing/round.js'
import { expectedSum } from '../testing/round.js'

const VICTIM = 5

/** Another list of names: the names of the one told, one by one. */
function rename(body: Body, change: (names: Uint8Array[]) => Uint8Array[]): Body {
  const bytes = decodeBase64Url(body.names)
  const names = Array.from({ length: body.members }, (_, i) =>
    bytes.slice(i * NAME_BYTES, (i + 1) * NAME_BYTES),
  )
  const changed = change(names)
  return {
    ...body,
    members: changed.length,
    names: encodeBase64Url(Uint8Array.from(changed.flatMap((name) => [...name]))),
  }
}

const ATTACKS: readonly [name: string, code: string, change: (body: Body) => Body][] = [
  ['of an attempt too many', 'TACIT_ROSTER_INVALID', (body) => ({ ...body, attempt: MAX_ATTEMPTS + 1 })],
  ['of attempt 0', 'TACIT_MESSAGE_INVALID', (body) => ({ ...body, attempt: 0 })],
  [
    'with more members than names',
    'TACIT_ROSTER_INVALID',
    (body) => ({ ...body, members: body.members + 1 }),
  ],
  [
    'with two names the other way round',
    'TACIT_ROSTER_INVALID',
    (body) => rename(body, (names) => [names[1]!, names[0]!, ...names.slice(2)]),
  ],
  [
    'with one name twice',
    'TACIT_ROSTER_INVALID',
    (body) => rename(body, (names) => [names[0]!, names[0]!, ...names.slice(2)]),
  ],
  ['without a single member', 'TACIT_MESSAGE_INVALID', (body) => ({ ...body, members: 0, names: '' })],
  [
    'with a root that is too short',
    'TACIT_MESSAGE_INVALID',
    (body) => ({ ...body, root: body.root.slice(2) }),
  ],
  ['with something besides', 'TACIT_MESSAGE_INVALID', (body) => ({ ...body, threshold: 1 })],
]

describe('a device that hears a list of devices', () => {
  it.each(ATTACKS)('stops at one %s', async (_name, code, change) => {
    const { round, end } = await play({ ...TWELVE, ...tellOtherwise(VICTIM, 'draw', change) })
    expect(round.fateOf(VICTIM)).toEqual({ code, said: ['keys'], wiped: true })
    expect(end.left.size).toBe(1)
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('stops at one in which it does not stand, though it is in order', async () => {
    for (const step of ['draw', 'roster']) {
      const { round } = await play({
        ...TWELVE,
        tamperDown: (device, heard, body) => (device === VICTIM && heard === 'draw' ? undefined : body),
        alsoDown: (device, heard, body) =>
          device === VICTIM && heard === 'draw' ? [{ step, body: withoutVictim(body) }] : [],
      })
      expect(round.fateOf(VICTIM)).toEqual({ code: 'TACIT_ROSTER_INVALID', said: ['keys'], wiped: true })
    }

    function withoutVictim(body: Body): Body {
      // Whichever it is: all names are others now.
      return rename(body, (names) => names.map((name) => name.map((byte, i) => (i === 7 ? byte ^ 1 : byte))))
    }
  })

  it('stops at one shorter than the minimum of its plan, or its own', async () => {
    const shorter = (body: Body) => rename(body, (names) => names.slice(0, 9))
    const ofPlan = await play({ ...TWELVE, plan: { minimum: 10 }, ...tellOtherwise(VICTIM, 'draw', shorter) })
    const fate = { code: 'TACIT_GROUP_TOO_SMALL', said: ['keys'], wiped: true }
    expect(ofPlan.round.fateOf(VICTIM)).toEqual(fate)
    const limits = { minimumCohort: 13, minimumThreshold: 2 }
    const own = (device: number) => (device === VICTIM ? { limits } : {})
    const ofItself = await play({ ...TWELVE, own })
    expect(ofItself.round.fateOf(VICTIM)).toEqual(fate)
    expect(ofItself.end.survivors).toHaveLength(11)
  })

  it('reveals nothing if it is not of the committee', async () => {
    const { round, end } = await play({
      devices: 18,
      masking: { adversarial: 0, dropout: 0 },
      tamperDown: (_device, step, body) => (step === 'roster' ? undefined : body),
      alsoDown: (_device, step, body) => (step === 'roster' ? [{ step: 'draw', body }] : []),
    })
    const stopped = [...end.left].filter(([, code]) => code === 'TACIT_ROSTER_INVALID')
    expect(stopped).toHaveLength(2)
    for (const [device] of stopped) expect(round.fateOf(device).said).toEqual(['keys'])
  })

  it.each([1, 2])('stops at a second one of attempt %d after one of attempt 2', async (attempt) => {
    const { round } = await play({
      ...TWELVE,
      lenient: true,
      ...tellOtherwise(VICTIM, 'draw', (body) => ({ ...body, attempt: 2 })),
      alsoDown: (device, step, body) =>
        device === VICTIM && step === 'draw'
          ? [{ step: 'draw', body: { ...body, attempt, root: flip(body.root) } }]
          : [],
    })
    const fate = { code: 'TACIT_ROSTER_INVALID', said: ['keys', 'reveal'], wiped: true }
    expect(round.fateOf(VICTIM)).toEqual(fate)
  })

  it('takes a later one in place of one whose committee was lost', async () => {
    const { round, end } = await play({
      ...TWELVE,
      vanishes: (device) => (device === 3 ? 'reveal' : undefined),
    })
    const attempts = end.heard.filter(({ device, step }) => device === VICTIM && step === 'draw')
    expect(attempts.map(({ body }: Body) => body.attempt)).toEqual([1, 2])
    const reveals = end.said.filter(({ device, step }) => device === VICTIM && step === 'reveal')
    expect(new Set(reveals.map(({ body }: Body) => body.value)).size).toBe(2)
    expect(round.fateOf(VICTIM).code).toBeUndefined()
    expect(end.survivors).toHaveLength(11)
  })
})
