import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecureRandom } from '../random/index.js'
import { liftSum, modulusBits, pack } from '../update/index.js'
import { plainOnly, SECURE_SUM_NAMES } from './backends.js'
import type { GroupEffect } from './group-machine.js'
import { PlainGroup, plain } from './plain.js'
import type { Member, OwnSide, PartialSum, SumPlan } from './secure-sum.js'

const BITS = 12
const LENGTH = 4

const names = (count: number): Member[] => Array.from({ length: count }, (_, i) => `d${i}`)

const own: OwnSide = {
  random: new SecureRandom(),
  identity: undefined,
  limits: { minimumCohort: 2, minimumThreshold: 2 },
}

function planFor(size: number, modulus = modulusBits(size, BITS)): SumPlan {
  const roundId = '00112233445566778899aabbccddeeff'
  const planHash = '0'.repeat(64)
  const rest = { round: 1, minimum: 2, largestGroup: 100, length: LENGTH, masking: undefined }
  return { planHash, roundId, modulusBits: modulus, ...rest }
}

interface Change {
  readonly minimum?: number
  readonly goal?: number
  readonly modulusBits?: number
}

function groupOf(size: number, change: Change = {}) {
  const members = names(size)
  const plan = planFor(size, change.modulusBits)
  const { length, modulusBits: bits } = plan
  const groupPlan = { group: 0, members, minimum: change.minimum ?? 2, length, modulusBits: bits }
  const group = new PlainGroup(groupPlan, change.goal ?? size)
  expect(group.start()).toEqual([{ type: 'phase', kind: 'upload' }])
  return { plan, members, group }
}

/** A device's vector, uploaded as its side of the sum packs it. */
function upload(plan: SumPlan, values: readonly number[]): Uint8Array {
  const [effect] = plain.device(plan, own).contribute(Uint32Array.from(values))
  if (effect?.type !== 'upload') throw new Error('a vector is uploaded')
  return effect.packed
}

/** What a gateway passes on for its devices: their vectors added, modulo 2^32. */
function partialOf(members: readonly Member[], vectors: readonly (readonly number[])[]): PartialSum {
  const words = new Uint32Array(LENGTH)
  for (const vector of vectors) {
    vector.forEach((value, i) => {
      words[i]! += value
    })
  }
  return { members, words }
}

const withCode = (code: string) => expect.objectContaining({ code })
const types = (effects: readonly { type: string }[]) => effects.map((effect) => effect.type)

function opened(effects: readonly GroupEffect[], bits: number) {
  const [effect] = effects
  if (effect?.type !== 'sum') throw new Error('opening yields the sum')
  return { values: [...liftSum(effect.words, bits)], members: effect.members }
}

const value = fc.integer({ min: -(2 ** (BITS - 1) - 1), max: 2 ** (BITS - 1) - 1 })
const vector = fc.tuple(value, value, value, value)

describe('a plain group', () => {
  it('is found by name', () => {
    expect(plainOnly('plain')).toBe(plain)
    expect(SECURE_SUM_NAMES).toContain('plain')
    expect(() => plainOnly('masked')).toThrow(withCode('TACIT_PLAN_REFUSED'))
  })

  it('sums its vectors, in whatever order they come', () => {
    const { plan, members, group } = groupOf(3)
    expect(group.phase).toBe('upload')
    expect(group.vector('d2', upload(plan, [1, -2, 3, 0]))).toEqual([])
    expect(group.vector('d0', upload(plan, [10, 20, -30, 0]))).toEqual([])
    expect(group.vector('d1', upload(plan, [100, 200, 300, -2047]))).toEqual([
      { type: 'dropped', members: [] },
      { type: 'ready', members },
    ])
    expect(opened(group.open(), plan.modulusBits)).toEqual({
      values: [111, 218, 273, -2047],
      members,
    })
  })

  it('has this frozen vector and sum', () => {
    const { plan, group } = groupOf(2, { modulusBits: 13 })
    const packed = upload(plan, [1, -1, 2047, -2047])
    expect([...packed]).toEqual([0x01, 0xe0, 0xff, 0xff, 0x9f, 0x00, 0x0c])
    group.vector('d0', packed)
    group.vector('d1', upload(plan, [1, 0, 2047, -2047]))
    const [effect] = group.open()
    expect(effect).toMatchObject({ words: Uint32Array.of(2, 8191, 4094, 2 ** 14 - 4094) })
  })

  it('gives the same sum through two gateways, through one, and through none', () => {
    const cohort = fc.array(fc.tuple(vector, fc.integer({ min: 0, max: 2 })), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(cohort, fc.boolean(), (devices, secondFirst) => {
        const { plan, members, group } = groupOf(devices.length)
        // Route 0 is this process; 1 and 2 are gateways that hold their devices' vectors.
        let effects: GroupEffect[] = []
        devices.forEach(([values, route], i) => {
          effects = group.vector(members[i]!, route === 0 ? upload(plan, values) : undefined)
        })
        const held = members.filter((_, i) => devices[i]![1] !== 0)
        if (held.length > 0) {
          expect(effects.slice(1)).toEqual([
            { type: 'phase', kind: 'step' },
            { type: 'gather', members: held },
          ])
        }
        const gateways = (secondFirst ? [2, 1] : [1, 2]).map((route) => {
          const own = members.filter((_, i) => devices[i]![1] === route)
          return partialOf(
            own,
            devices.filter((device) => device[1] === route).map((device) => device[0]),
          )
        })
        const delivering = gateways.filter((partial) => partial.members.length > 0)
        delivering.forEach((partial, i) => {
          effects = group.merge(partial)
          expect(types(effects)).toEqual(i === delivering.length - 1 ? ['ready'] : [])
        })
        const expected = [0, 1, 2, 3].map((i) => devices.reduce((sum, [values]) => sum + values[i]!, 0))
        expect(opened(group.open(), plan.modulusBits)).toEqual({ values: expected, members })
      }),
    )
  })
})

describe('what a plain group refuses, its state unchanged', () => {
  it('a vector of a stranger, a second one, a malformed one', () => {
    const { plan, group } = groupOf(3)
    const packed = upload(plan, [1, 1, 1, 1])
    group.vector('d0', packed)
    for (const member of ['d9', 'd0']) {
      expect(group.expectsVector(member)).toBe(false)
      expect(() => group.vector(member, packed)).toThrow(withCode('TACIT_OUT_OF_PHASE'))
      expect(() => group.vector(member)).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    }
    expect(() => group.vector('d1', packed.subarray(1))).toThrow(withCode('TACIT_VECTOR_SIZE'))
    expect(group.expectsVector('d1')).toBe(true)
    group.vector('d1', packed)
    group.vector('d2', packed)
    expect(opened(group.open(), plan.modulusBits).values).toEqual([3, 3, 3, 3])
  })

  it('steps that it does not know', () => {
    const { plan, group } = groupOf(2)
    expect(() => group.receive('d0', 'keys', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => plain.device(plan, own).receive('keys', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('partial sums that do not match', () => {
    const { plan, group } = groupOf(4)
    const sound = partialOf(['d1', 'd2'], [[1, 1, 1, 1]])
    const mismatch = (partial: PartialSum) =>
      expect(() => group.merge(partial)).toThrow(withCode('TACIT_SUM_MISMATCH'))
    mismatch(sound)
    group.vector('d0', upload(plan, [5, 5, 5, 5]))
    for (const member of ['d1', 'd2', 'd3']) group.vector(member)
    expect(group.phase).toBe('gather')
    mismatch({ ...sound, members: ['d1', 'd1'] })
    mismatch({ ...sound, members: ['d1', 'd9'] })
    mismatch({ ...sound, members: ['d0', 'd1'] })
    mismatch({ ...sound, members: [] })
    mismatch({ ...sound, words: new Uint32Array(LENGTH + 1) })
    mismatch({ ...sound, words: new Uint32Array(LENGTH - 1) })
    expect(group.merge(sound)).toEqual([])
    mismatch(sound)
    expect(types(group.merge(partialOf(['d3'], [[2, 2, 2, 2]])))).toEqual(['ready'])
    mismatch(sound)
    expect(opened(group.open(), plan.modulusBits).values).toEqual([8, 8, 8, 8])
  })

  it('opening before it is ready, and opening twice', () => {
    const { plan, group } = groupOf(2)
    const refused = () => expect(() => group.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    refused()
    group.vector('d0', upload(plan, [1, 1, 1, 1]))
    refused()
    group.vector('d1', upload(plan, [1, 1, 1, 1]))
    expect(types(group.open())).toEqual(['sum'])
    refused()
    expect(group.phase).toBe('closed')
  })
})

describe('how a plain group ends', () => {
  const ones = [1, 1, 1, 1]

  it('closes at its goal and drops those who are late', () => {
    const { plan, group } = groupOf(5, { goal: 3 })
    group.vector('d4', upload(plan, ones))
    group.vector('d0', upload(plan, ones))
    expect(group.vector('d2', upload(plan, ones))).toEqual([
      { type: 'dropped', members: ['d1', 'd3'] },
      { type: 'ready', members: ['d0', 'd2', 'd4'] },
    ])
    expect(() => group.vector('d1', upload(plan, ones))).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('closes at the deadline with whoever is there, at least its minimum', () => {
    const { plan, group } = groupOf(4)
    group.vector('d0', upload(plan, ones))
    group.vector('d3', upload(plan, ones))
    expect(group.deadline()).toEqual([
      { type: 'dropped', members: ['d1', 'd2'] },
      { type: 'ready', members: ['d0', 'd3'] },
    ])
    expect(group.deadline()).toEqual([])
    expect(opened(group.open(), plan.modulusBits).members).toEqual(['d0', 'd3'])
    expect(group.deadline()).toEqual([])
  })

  it('fails below its minimum, and is then closed', () => {
    const { plan, group } = groupOf(4, { minimum: 3 })
    group.vector('d0', upload(plan, ones))
    group.vector('d1', upload(plan, ones))
    expect(group.deadline()).toEqual([{ type: 'failed', reason: 'too-few-survivors' }])
    expect(group.phase).toBe('closed')
    expect(() => group.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => group.vector('d2', upload(plan, ones))).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect([group.deadline(), group.leave('d2')]).toEqual([[], []])
  })

  it('fails when a gateway does not deliver what it holds by the deadline', () => {
    const { group } = groupOf(3)
    for (const member of names(3)) group.vector(member)
    group.merge(partialOf(['d0', 'd1'], [ones, ones]))
    expect(group.deadline()).toEqual([{ type: 'failed', reason: 'partial-mismatch' }])
    expect(() => group.merge(partialOf(['d2'], [ones]))).toThrow(withCode('TACIT_SUM_MISMATCH'))
  })

  it('does not wait for members that have left, nor forget what they sent before', () => {
    const { plan, group } = groupOf(3)
    group.vector('d0', upload(plan, ones))
    expect(group.leave('d0')).toEqual([])
    expect(group.leave('d9')).toEqual([])
    expect(group.leave('d1')).toEqual([])
    expect(group.leave('d1')).toEqual([])
    expect(group.expectsVector('d1')).toBe(false)
    expect(group.vector('d2', upload(plan, ones))).toEqual([
      { type: 'dropped', members: [] },
      { type: 'ready', members: ['d0', 'd2'] },
    ])
    expect(opened(group.open(), plan.modulusBits).values).toEqual([2, 2, 2, 2])
  })

  it('closes when the last one awaited leaves, and fails when too few are left', () => {
    const enough = groupOf(3)
    enough.group.vector('d0', upload(enough.plan, ones))
    enough.group.vector('d1', upload(enough.plan, ones))
    expect(types(enough.group.leave('d2'))).toEqual(['dropped', 'ready'])
    const tooFew = groupOf(3)
    tooFew.group.vector('d0', upload(tooFew.plan, ones))
    tooFew.group.leave('d1')
    expect(tooFew.group.leave('d2')).toEqual([{ type: 'failed', reason: 'too-few-survivors' }])
  })

  it('says nothing to a member that is back: the device uploads again by itself', () => {
    const { group } = groupOf(2)
    expect(group.resume('d0')).toEqual([])
  })
})

describe('a plain cohort', () => {
  const cohortOf = (size: number, largestGroup: number, goal: number) =>
    plain.coordinator({ ...planFor(size), largestGroup }, names(size), goal)

  it('is one group as long as it fits one, and closes at its goal', () => {
    const cohort = cohortOf(5, 5, 3)
    expect(cohort.start()).toEqual([{ type: 'phase', clock: 0, kind: 'upload' }])
    expect(cohort.view()).toEqual({ phase: 'upload', groups: 1 })
    for (const member of ['d0', 'd1']) expect(cohort.vector(member)).toEqual([])
    expect(types(cohort.vector('d2'))).toEqual(['dropped', 'phase', 'gather'])
  })

  it('splits, each group with its share of the goal, never below what it may be opened with', () => {
    const minimumOf = (size: number, largestGroup: number, goal: number) => {
      const cohort = cohortOf(size, largestGroup, goal)
      cohort.start()
      for (let vectors = 1; ; vectors++) {
        if (cohort.vector(`d${vectors - 1}`).length > 0) return vectors
      }
    }
    expect(minimumOf(10, 5, 10)).toBe(5)
    expect(minimumOf(10, 5, 6)).toBe(3)
    expect(minimumOf(10, 5, 7)).toBe(4)
    expect(minimumOf(10, 5, 1)).toBe(2)
    expect(minimumOf(3, 5, 9)).toBe(3)
  })

  it('asks its devices for their vectors and for nothing else', () => {
    expect(['begin', 'keys', 'upload'].map((heard) => plain.answersTo(heard))).toEqual([['upload'], [], []])
  })
})

describe('a plain device', () => {
  const plan = planFor(2)

  it('uploads the same bytes again after a reconnect', () => {
    const device = plain.device(plan, own)
    expect([device.start(), device.resume()]).toEqual([[], []])
    const first = device.contribute(Uint32Array.of(1, 2, 3, 4))
    expect(first).toEqual([{ type: 'upload', packed: pack(Uint32Array.of(1, 2, 3, 4), plan.modulusBits) }])
    expect(device.resume()).toEqual(first)
  })

  it('contributes once', () => {
    const device = plain.device(plan, own)
    device.contribute(new Uint32Array(LENGTH))
    const second = () => device.contribute(new Uint32Array(LENGTH))
    expect(second).toThrow(withCode('TACIT_DUPLICATE_MESSAGE'))
    device.wipe()
    expect(second).toThrow(withCode('TACIT_DUPLICATE_MESSAGE'))
  })

  it('overwrites its vector when the round is over', () => {
    const device = plain.device(plan, own)
    const [effect] = device.contribute(new Uint32Array(LENGTH).fill(9))
    device.wipe()
    expect(device.resume()).toEqual([])
    expect(effect?.type === 'upload' && effect.packed.every((byte) => byte === 0)).toBe(true)
  })
})
