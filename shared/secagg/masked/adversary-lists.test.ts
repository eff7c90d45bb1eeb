import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../bytes/index.js'
import { TacitError } from '../../errors/index.js'
import { graphSeed, Placement, neighbours as ringNeighbours } from '../graph/index.js'
import { toBytes } from './bodies.js'
import type { Listed } from './coordinator/roster.js'
import { listed } from './coordinator/roster.js'
import { type Entry, indexOfName, nameOf } from './entry.js'
import { keysStatement, revealStatement, rosterDigest } from './statements.js'
import { lyingCoordinator } from './testing/lying-coordinator.js'
import { flip, Graph, play, signAs, TWELVE } from './testing/play.js'
import { rememberingSuite } from './testing/remembering-suite.js'
import { type Body, expectedSum, MaskedRound, type RoundOptions } from './testing/round.js'

/** Of order 8 on Curve25519. */
const LOW_ORDER = hexToBytes('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')
const VILLAIN = 3
const VICTIM = 5

type Change = (entry: Entry, others: readonly Listed[]) => Partial<Entry>

/** A coordinator whose list has another entry for the villain, who signs it, or does not. */
async function withEntry(change: Change, signs: boolean, options: Partial<RoundOptions> = {}) {
  const round: MaskedRound = new MaskedRound({
    ...TWELVE,
    ...options,
    coordinator: lyingCoordinator((devices) =>
      devices.map((one) => {
        if (one.member !== String(VILLAIN)) return one
        const entry = { ...one.entry, ...change(one.entry, devices) }
        const signature = toBytes(signAs(round, VILLAIN, keysStatement(round.plan, entry)))
        return listed(one.member, signs ? { ...entry, signature } : entry)
      }),
    ),
  })
  const end = await round.run()
  return { round, end }
}

/** The villain hears no more of the list, and deals what nobody can open. */
const deals: Partial<RoundOptions> = {
  tamperDown: (device, step, body, round) => {
    if (device !== VILLAIN || step !== 'neighbours') return body
    const sealed = Array(8).fill('A'.repeat(107))
    round.hear(VILLAIN, { step: 'shares', body: { commitment: 'A'.repeat(43), sealed } })
    return undefined
  },
}

/** Of the villain's neighbours: why they stopped, and what they had said by then. */
function neighboursOf({ round }: { readonly round: MaskedRound }) {
  const near = new Graph(() => round).neighboursOf(VILLAIN).map((device) => round.fateOf(device))
  const said = near[0]!.said
  expect(near.map((fate) => fate.said)).toEqual(near.map(() => said))
  return { codes: new Set(near.map(({ code }) => code)), said }
}

const NEIGHBOUR_INVALID = { codes: new Set(['TACIT_NEIGHBOUR_INVALID']), said: ['keys', 'reveal'] }

describe('a coordinator whose list lies', () => {
  it.each(['channel', 'mask'] as const)(
    'cannot give a neighbour another %s, which it did not sign',
    async (field) => {
      const other = (entry: Entry) => ({ [field]: entry[field].map((byte) => byte ^ 1) })
      const played = await withEntry(other, false)
      expect(neighboursOf(played)).toEqual(NEIGHBOUR_INVALID)
      expect(played.round.fateOf(VILLAIN).code).toBe('TACIT_ROSTER_INVALID')
    },
  )

  it('cannot pass off keys that were signed for another plan', async () => {
    const other = (entry: Entry) => ({
      signature: entry.signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
    })
    expect(neighboursOf(await withEntry(other, false))).toEqual(NEIGHBOUR_INVALID)
  })

  it('cannot have a neighbour whose channel gives nothing but zeros', async () => {
    expect(neighboursOf(await withEntry(() => ({ channel: LOW_ORDER }), true))).toEqual({
      codes: new Set(['TACIT_KEY_INVALID']),
      said: ['keys', 'reveal'],
    })
  })

  it('leaves nothing behind on a device that refuses a channel', async () => {
    const { round } = await withEntry(() => ({ channel: LOW_ORDER }), true)
    const near = new Graph(() => round).neighboursOf(VILLAIN)
    expect(near.map((device) => round.fateOf(device).wiped)).toEqual(near.map(() => true))
  })

  it('cannot have a neighbour whose mask gives nothing but zeros', async () => {
    const played = await withEntry(() => ({ mask: LOW_ORDER }), true, deals)
    expect(neighboursOf(played)).toEqual({
      codes: new Set(['TACIT_KEY_INVALID']),
      said: ['keys', 'reveal', 'shares'],
    })
    expect(played.end.uploads.size).toBeLessThan(4)
  })

  it('leaves no vector behind where it cannot be masked', async () => {
    const vectors = Array.from({ length: 12 }, () => new Uint32Array(10).fill(1))
    const { round } = await withEntry(() => ({ mask: LOW_ORDER }), true, {
      ...deals,
      vectorOf: (device) => vectors[device]!,
    })
    const near = new Graph(() => round).neighboursOf(VILLAIN)
    for (const device of near) expect(vectors[device]!.every((word) => word === 0)).toBe(true)
  })

  it.each([
    ['its channel', (others: readonly Listed[]) => ({ channel: others[7]!.entry.channel })],
    ['its mask', (others: readonly Listed[]) => ({ mask: others[7]!.entry.mask })],
    ['its channel as a mask', (others: readonly Listed[]) => ({ mask: others[7]!.entry.channel })],
  ])('cannot have one device stand in for another with %s', async (_name, change) => {
    const played = await withEntry((_entry, others) => change(others), true)
    // All of the committee see it, and all are of the committee.
    expect(new Set(played.end.left.values())).toEqual(
      new Set(['TACIT_NEIGHBOUR_INVALID', 'TACIT_ROSTER_INVALID']),
    )
    expect(played.end.left.size).toBe(12)
  })

  it('cannot use a key of the device itself again', async () => {
    const { round, end } = await withEntry((_entry, others) => ({ channel: others[7]!.entry.channel }), true)
    expect(end.left.get(7)).toBe('TACIT_NEIGHBOUR_INVALID')
    expect(round.fateOf(7).wiped).toBe(true)
  })

  it('cannot let one identity stand in two places', async () => {
    const forge = (devices: readonly Listed[]) => [...devices, { ...devices[VILLAIN]!, member: '0' }]
    const { end } = await play({ ...TWELVE, coordinator: lyingCoordinator(forge) })
    expect([...end.left.values()]).toEqual(Array(12).fill('TACIT_ROSTER_INVALID'))
    expect(end.said.filter(({ step }) => step === 'reveal')).toEqual([])
  })

  it('cannot invent devices where an issuer vouches for them', async () => {
    const vouchedFor = (credential: string, identity: Uint8Array) => credential === `of ${identity.join()}`
    const suite = await rememberingSuite()
    const seeds = Array.from({ length: 12 }, (_, device) => new Uint8Array(32).fill(device + 1))
    const credentials = await Promise.all(
      seeds.map(async (seed) => `of ${(await suite.signingKey(seed)).publicKey.join()}`),
    )
    const options: RoundOptions = {
      ...TWELVE,
      masking: { ...TWELVE.masking, identity: 'certified' },
      own: (device) => ({ identity: { seed: seeds[device]!.slice(), credential: credentials[device]! } }),
      environment: {
        verifyCredential: async (credential, identity) => {
          if (!vouchedFor(credential, identity))
            throw new TacitError('TACIT_CREDENTIAL_INVALID', { problem: 'x' })
        },
      },
    }
    const honest = await play(options)
    expect(honest.end.survivors).toHaveLength(12)
    // One device of the coordinator's own, with a credential that is another's.
    const own = (device: number) => ({
      identity: { seed: seeds[device]!.slice(), credential: credentials[device === VILLAIN ? 0 : device]! },
    })
    const forged = await play({ ...options, own, coordinator: lyingCoordinator((devices) => devices) })
    const others = [...forged.end.left].filter(([device]) => device !== VILLAIN)
    expect(others.map(([, code]) => code)).toEqual(Array(11).fill('TACIT_CREDENTIAL_INVALID'))
  })
})

describe('a coordinator that shows devices different lists', () => {
  it('sums no two devices that were shown different ones', async () => {
    const { round, end } = await play({
      ...TWELVE,
      tamperDown: (device, step, body) =>
        step === 'draw' && device % 2 === 0 ? { ...body, root: flip(body.root) } : body,
    })
    expect([...end.blamed.keys()].toSorted((a, b) => a - b)).toEqual([0, 2, 4, 6, 8, 10])
    expect(end.survivors.toSorted((a, b) => Number(a) - Number(b))).toEqual(['1', '3', '5', '7', '9', '11'])
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('cannot ask for values twice and take those that it likes better', async () => {
    const { round, end } = await play({
      ...TWELVE,
      lenient: true,
      alsoDown: (device, step, body) =>
        device === 0 && step === 'draw' ? [{ step, body: { ...body, root: flip(body.root) } }] : [],
    })
    expect(round.fateOf(0)).toMatchObject({ code: 'TACIT_ROSTER_INVALID', wiped: true })
    expect(end.said.filter(({ device, step }) => device === 0 && step === 'reveal')).toHaveLength(1)
  })
})

describe('a coordinator that would choose the graph', () => {
  /** What the victim would be told of its neighbours if the committee had revealed these values. */
  function told(round: MaskedRound, body: Body, reveals: readonly Body[]): Body {
    const {
      attempt,
      members,
      root,
      names: text,
    }: Body = round.heard.find(({ step }) => step === 'draw')!.body
    const names = toBytes(text)
    const digest = rosterDigest(round.plan, { attempt, members, root: toBytes(root), names })
    const seed = graphSeed(
      digest,
      reveals.map(({ value }) => toBytes(value)),
    )
    const placement = new Placement(seed, members, round.plan.largestGroup)
    const keys: Body = round.said.find(({ device, step }) => device === VICTIM && step === 'keys')!.body
    const place = placement.placeOf(indexOfName(names, nameOf(toBytes(keys.identity))))
    // All are of the committee, in the order of the list.
    const entries = body.reveals.map(({ value: _value, signed: _signed, ...proven }: Body) => proven)
    const neighbours = ringNeighbours(place, members, 8).map((at) => entries[placement.indexAt(0, at)])
    return { ...body, reveals, neighbours }
  }

  const choosing = (choose: (reveals: Body[], round: MaskedRound) => Body[]) =>
    play({
      ...TWELVE,
      tamperDown: (device, step, body, round) =>
        device === VICTIM && step === 'neighbours' ? told(round, body, choose(body.reveals, round)) : body,
    })

  it('may show the values that were revealed', async () => {
    const { end } = await choosing((reveals) => reveals)
    expect(end.survivors).toHaveLength(12)
  })

  it.each([
    ['leave some of them out', (reveals: Body[]) => reveals.slice(0, -1)],
    ['leave all of them out but one', (reveals: Body[]) => reveals.slice(0, 1)],
  ])('cannot %s', async (_name, choose) => {
    const { round } = await choosing(choose)
    expect(round.fateOf(VICTIM)).toEqual({
      code: 'TACIT_ROSTER_INVALID',
      said: ['keys', 'reveal'],
      wiped: true,
    })
  })

  it('cannot have a device of its own reveal another value than it committed to', async () => {
    const { round } = await choosing((reveals, at) => {
      const { attempt, members, root, names }: Body = at.heard.find(({ step }) => step === 'draw')!.body
      const parts = { attempt, members, root: toBytes(root), names: toBytes(names) }
      const value = flip(reveals[0].value)
      const statement = revealStatement(rosterDigest(at.plan, parts), toBytes(value))
      const device = at.said.find(
        ({ step, body }) => step === 'keys' && (body as Body).identity === reveals[0].identity,
      )!
      return [{ ...reveals[0], value, signed: signAs(at, device.device, statement) }, ...reveals.slice(1)]
    })
    expect(round.fateOf(VICTIM)).toEqual({
      code: 'TACIT_ROSTER_INVALID',
      said: ['keys', 'reveal'],
      wiped: true,
    })
  })
})
