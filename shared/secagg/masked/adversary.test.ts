import { describe, expect, it } from 'vitest'
import { SimulatedSecrets } from '../../random/index.js'
import { unpack } from '../../update/index.js'
import type { SumPlan } from '../secure-sum.js'
import { toBytes } from './bodies.js'
import { selfMaskKey, survivorsStatement } from './statements.js'
import { play, signAs, TWELVE } from './testing/play.js'
import { rememberingSuite } from './testing/remembering-suite.js'
import { type Body, expectedSum, MaskedRound, type RoundOptions } from './testing/round.js'

const VICTIM = 5
const OTHER_HASH = 'ef'.repeat(32)

describe('flaws seen in other implementations', () => {
  it('masks are as wide as the words, and exact: no floats, no short seeds', async () => {
    const { end, round } = await play({
      ...TWELVE,
      plan: { modulusBits: 32 },
      vectorOf: () => new Uint32Array(10).fill(2 ** 32 - 1),
    })
    expect(end.sums).toEqual(expectedSum(round, []).map(() => -12))
    const lengths = round.secrets.map(({ copies }) => copies.slice(0, 5).map((bytes) => bytes.length))
    expect(lengths).toEqual(Array(12).fill([32, 32, 32, 32, 32]))
  })

  it('an upload without the masks of its neighbours is not the vector, nor without its own mask', async () => {
    const { round, end, graph } = await play(TWELVE)
    const suite = await rememberingSuite()
    const secret = round.secrets[VICTIM]!.copies[4]!
    const words = unpack(end.uploads.get(VICTIM)!, 24, 10)
    await suite.addMasks([{ key: selfMaskKey(secret, graph.config), sign: -1 }], words)
    const still = words.map((word) => word % 2 ** 24)
    const vector = round.vectorOf(VICTIM)
    expect(still.filter((word, i) => word === vector[i])).toHaveLength(0)
    // All that the coordinator opens for a survivor is this mask: what is left hides behind those of its neighbours.
    const self = await play({
      ...TWELVE,
      own: (device) => (device === VICTIM ? { random: otherSelf() } : {}),
    })
    expect(self.end.uploads.get(VICTIM)).not.toEqual(end.uploads.get(VICTIM))

    function otherSelf(): SimulatedSecrets {
      const random = new SimulatedSecrets({ seed: 1, device: VICTIM })
      const bytes = random.bytes.bind(random)
      let drawn = 0
      random.bytes = (length) => (drawn++ === 4 ? bytes(length).map((byte) => byte ^ 255) : bytes(length))
      return random
    }
  })

  it('no keys, masks or seals are used in two rounds', async () => {
    const [one, two] = [await play({ ...TWELVE, seed: 1 }), await play({ ...TWELVE, seed: 2 })]
    const texts = [one, two].map(
      ({ end }) => new Set(end.said.flatMap(({ body }) => strings(body)).filter((text) => text.length > 20)),
    )
    expect([...texts[0]!].filter((text) => texts[1]!.has(text))).toEqual([])
    for (const [device, upload] of one.end.uploads) expect(two.end.uploads.get(device)).not.toEqual(upload)

    function strings(body: Body): string[] {
      if (typeof body === 'string') return [body]
      return body !== null && typeof body === 'object' ? Object.values(body).flatMap(strings) : []
    }
  })

  it('equal secrets give other masks and seals in another round', async () => {
    const [one, two] = [await play(TWELVE), await play({ ...TWELVE, plan: { planHash: OTHER_HASH } })]
    for (const [device, upload] of one.end.uploads) expect(two.end.uploads.get(device)).not.toEqual(upload)
    const sealed = [one, two].map(({ end }) =>
      end.said.filter(({ step }) => step === 'shares').flatMap(({ body }: Body) => body.sealed),
    )
    expect(sealed[0]!.filter((text) => sealed[1]!.includes(text))).toEqual([])
  })

  it('the alive and the lost are disjoint: one share for each neighbour, whatever the list', async () => {
    const suite = await rememberingSuite()
    const shares = async (lost: (near: readonly number[]) => readonly number[]) => {
      const { end } = await play((graph) => ({
        ...TWELVE,
        coordinatorEnvironment: { suite: async () => ({ ...suite, verify: async () => true }) },
        tamperDown: (device, step, body, round) => {
          if (device !== VICTIM || (step !== 'survivors' && step !== 'signatures')) return body
          const near = graph.neighboursOf(VICTIM)
          const gone = lost(near)
          const survivors = graph.survivorsWithout(...gone)
          if (step === 'survivors') return { survivors }
          const statement = survivorsStatement(graph.config, toBytes(survivors))
          return {
            signatures: near.map((one) => (gone.includes(one) ? null : signAs(round, one, statement))),
          }
        },
      }))
      return (end.said.find(({ device, step }) => device === VICTIM && step === 'unmask')!.body as Body)
        .shares
    }
    const all = await shares(() => [])
    const half = await shares((near) => near.slice(4))
    expect(all).toHaveLength(8)
    expect(half.slice(0, 4)).toEqual(all.slice(0, 4))
    for (const i of [4, 5, 6, 7]) expect(half[i]).not.toBe(all[i])
    for (const share of [...all, ...half]) expect(toBytes(share)).toHaveLength(32)
  })

  it('nothing is told without signatures, nor before the survivors were agreed on', async () => {
    for (const step of ['deliveries', 'survivors']) {
      const { round } = await play({
        ...TWELVE,
        tamperDown: (device, heard, body) => (device === VICTIM && heard === 'survivors' ? undefined : body),
        alsoDown: (device, heard) =>
          device === VICTIM && heard === step
            ? [{ step: 'signatures', body: { signatures: Array(8).fill(null) } }]
            : [],
      })
      expect(round.fateOf(VICTIM)).toMatchObject({ code: 'TACIT_OUT_OF_PHASE', wiped: true })
      expect(round.fateOf(VICTIM).said).not.toContain('unmask')
    }
  })

  it('the threshold is the device`s own matter: no message holds one', async () => {
    const { end } = await play(TWELVE)
    const text = JSON.stringify(end.heard)
    for (const word of ['threshold', 'minimum', 'degree', 'size']) expect(text).not.toContain(word)
  })

  it('nothing travels beside the vector, and every message is as long whatever is in it', async () => {
    const shape = async (vectorOf: (device: number) => Uint32Array) => {
      const { end } = await play({ ...TWELVE, vectorOf })
      const lengths = end.said.map(
        ({ device, step, body }) => `${device} ${step} ${JSON.stringify(body).length}`,
      )
      return [...lengths, ...[...end.uploads].map(([device, { length }]) => `${device} upload ${length}`)]
    }
    const nothing = await shape(() => new Uint32Array(10))
    expect(await shape(() => new Uint32Array(10).fill(2 ** 24 - 1))).toEqual(nothing)
    expect(await shape((device) => new Uint32Array(10).fill(device % 2))).toEqual(nothing)
    expect(nothing).toHaveLength(12 * 6)
  })
})

describe('a coordinator that tells devices different things', () => {
  it('opens nothing with two lists of survivors', async () => {
    // In a ring each device needs the signatures of both neighbours.
    const options: RoundOptions = {
      devices: 12,
      masking: { coordinator: 'equivocating', adversarial: 0, dropout: 0 },
    }
    const suite = await rememberingSuite()
    for (const blind of [true, false]) {
      const { end } = await play((graph) => ({
        ...options,
        ...(blind && {
          coordinatorEnvironment: { suite: async () => ({ ...suite, verify: async () => true }) },
        }),
        tamperDown: (device, step, body) => {
          if (step !== 'survivors' || graph.placeOf(device) % 2 === 0) return body
          // One that is no neighbour, of which both halves think otherwise.
          const near = [device, ...graph.neighboursOf(device)]
          return { survivors: graph.survivorsWithout([0, 1, 2, 3].find((one) => !near.includes(one))!) }
        },
      }))
      expect(end.sums).toBeUndefined()
      expect(end.said.filter(({ step }) => step === 'unmask')).toEqual([])
      if (blind) expect([...end.left.values()]).toEqual(Array(12).fill('TACIT_SURVIVORS_INCONSISTENT'))
    }
  })

  it('cannot sum a device that was given another plan with the rest', async () => {
    const other = (change: Partial<SumPlan>) => (device: number, plan: SumPlan) =>
      device === VICTIM ? { ...plan, ...change } : plan
    const { round, end } = await play({ ...TWELVE, planOf: other({ planHash: OTHER_HASH }) })
    expect(end.blamed.get(VICTIM)).toBe('its keys are not signed for this plan')
    expect(round.fateOf(VICTIM).said).toEqual(['keys'])
    expect(end.survivors).toHaveLength(11)
    for (const change of [{ modulusBits: 23 }, { length: 11 }]) {
      const changed = await play({ ...TWELVE, planOf: other(change) })
      expect(changed.round.fateOf(VICTIM)).toEqual({
        code: 'TACIT_NEIGHBOUR_INVALID',
        said: ['keys', 'reveal', 'shares'],
        wiped: true,
      })
      // It dealt what nobody can open, so that its masks cannot be taken out of the sum.
      expect(changed.end.failure).toBe('shares-missing')
    }
  })

  it.each(['draw', 'neighbours', 'deliveries', 'signatures'])(
    'cannot replay %s of another round',
    async (replayed) => {
      for (const options of [{ seed: 2 }, { plan: { planHash: OTHER_HASH } }]) {
        const before = await play({ ...TWELVE, ...options })
        const { round } = await play({
          ...TWELVE,
          tamperDown: (device, step, body) =>
            device === VICTIM && step === replayed
              ? before.end.heard.find((one) => one.device === device && one.step === step)!.body
              : body,
        })
        const fate = round.fateOf(VICTIM)
        // The same list again is signed for this plan, which the coordinator notices.
        if (replayed === 'draw' && 'plan' in options) expect(fate.code).toBeUndefined()
        else expect(fate).toMatchObject({ code: expect.stringMatching(/INVALID|INCONSISTENT/), wiped: true })
        expect(fate.said).not.toContain('unmask')
      }
    },
  )

  it('cannot tell one device what was meant for another', async () => {
    for (const step of ['neighbours', 'deliveries', 'signatures']) {
      let first: Body
      const { round, end } = await play({
        ...TWELVE,
        tamperDown: (_device, heard, body) => {
          if (heard !== step) return body
          first ??= body
          return first
        },
      })
      // The first signatures of two lists may be the same.
      expect(end.left.size).toBeGreaterThanOrEqual(9)
      for (const device of end.left.keys()) expect(round.fateOf(device).said).not.toContain('unmask')
    }
  })
})

describe('a round that goes on', () => {
  it('does not change its sum for a vector that comes when the masks are being taken away', async () => {
    const round: MaskedRound = new MaskedRound({
      ...TWELVE,
      lenient: true,
      vanishes: (device) => (device === VICTIM ? 'upload' : undefined),
      alsoUp: (device, step) => {
        if (device === 0 && step === 'unmask') {
          expect(() => round.coordinator.vector(String(VICTIM), new Uint8Array(30))).toThrow(
            expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
          )
        }
        return []
      },
    })
    const end = await round.run()
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('releases the groups that do not fail', async () => {
    const failing = new Set<number>()
    const { round, end } = await play({
      devices: 24,
      masking: TWELVE.masking,
      plan: { largestGroup: 12 },
      // The group that is asked first hears nothing more.
      tamperDown: (device, step, body) => {
        if (step !== 'survivors' || (failing.size === 12 && !failing.has(device))) return body
        failing.add(device)
        return undefined
      },
    })
    expect(round.coordinator.view().groups).toBe(2)
    expect(end.failure).toBeUndefined()
    expect(end.survivors).toHaveLength(12)
    expect(end.survivors.filter((member) => failing.has(Number(member)))).toEqual([])
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })
})
