import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { liftSum, modulusBits, pack } from '../update/index.js'
import { secureSum } from './backends.js'
import { plain } from './plain.js'
import type { CoordinatorSumEffect, GroupPlan, Member, PartialSum } from './secure-sum.js'

const BITS = 12
const LENGTH = 4

const names = (count: number): Member[] => Array.from({ length: count }, (_, i) => `d${i}`)

function planFor(size: number, change: Partial<GroupPlan> = {}): GroupPlan {
  const roundId = '00112233445566778899aabbccddeeff'
  const modulus = modulusBits(size, BITS)
  return { roundId, group: 0, size, minimum: 2, goal: size, length: LENGTH, modulusBits: modulus, ...change }
}

function groupOf(size: number, change: Partial<GroupPlan> = {}) {
  const plan = planFor(size, change)
  const members = names(size)
  const coordinator = plain.coordinator(plan, members)
  coordinator.start()
  return { plan, members, coordinator }
}

/** A device's vector, uploaded as its side of the sum packs it. */
function upload(plan: GroupPlan, values: readonly number[]): Uint8Array {
  const [effect] = plain.device(plan).contribute(Uint32Array.from(values))
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
const types = (effects: readonly CoordinatorSumEffect[]) => effects.map((effect) => effect.type)

function opened(effects: readonly CoordinatorSumEffect[], bits: number) {
  const [effect] = effects
  if (effect?.type !== 'sum') throw new Error('opening yields the sum')
  return { values: [...liftSum(effect.words, bits)], members: effect.members }
}

const value = fc.integer({ min: -(2 ** (BITS - 1) - 1), max: 2 ** (BITS - 1) - 1 })
const vector = fc.tuple(value, value, value, value)

describe('a plain group', () => {
  it('is found by name', () => {
    expect(secureSum('plain')).toBe(plain)
    expect(() => secureSum('masked')).toThrow(withCode('TACIT_PLAN_REFUSED'))
  })

  it('sums its vectors, in whatever order they come', () => {
    const { plan, members, coordinator } = groupOf(3)
    expect(coordinator.phase).toBe('upload')
    expect(coordinator.vector('d2', upload(plan, [1, -2, 3, 0]))).toEqual([])
    expect(coordinator.vector('d0', upload(plan, [10, 20, -30, 0]))).toEqual([])
    expect(coordinator.vector('d1', upload(plan, [100, 200, 300, -2047]))).toEqual([
      { type: 'dropped', members: [] },
      { type: 'ready', members },
    ])
    expect(opened(coordinator.open(), plan.modulusBits)).toEqual({
      values: [111, 218, 273, -2047],
      members,
    })
  })

  it('has this frozen vector and sum', () => {
    const { plan, coordinator } = groupOf(2, { modulusBits: 13 })
    const packed = upload(plan, [1, -1, 2047, -2047])
    expect([...packed]).toEqual([0x01, 0xe0, 0xff, 0xff, 0x9f, 0x00, 0x0c])
    coordinator.vector('d0', packed)
    coordinator.vector('d1', upload(plan, [1, 0, 2047, -2047]))
    const [effect] = coordinator.open()
    expect(effect).toMatchObject({ words: Uint32Array.of(2, 8191, 4094, 2 ** 14 - 4094) })
  })

  it('gives the same sum through two gateways, through one, and through none', () => {
    const cohort = fc.array(fc.tuple(vector, fc.integer({ min: 0, max: 2 })), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(cohort, fc.boolean(), (devices, secondFirst) => {
        const { plan, members, coordinator } = groupOf(devices.length)
        // Route 0 is this process; 1 and 2 are gateways that hold their devices' vectors.
        let effects: CoordinatorSumEffect[] = []
        devices.forEach(([values, route], i) => {
          effects = coordinator.vector(members[i]!, route === 0 ? upload(plan, values) : undefined)
        })
        const held = members.filter((_, i) => devices[i]![1] !== 0)
        if (held.length > 0) {
          expect(effects.slice(1)).toEqual([
            { type: 'phase', phase: 'gather' },
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
          effects = coordinator.merge(partial)
          expect(types(effects)).toEqual(i === delivering.length - 1 ? ['ready'] : [])
        })
        const expected = [0, 1, 2, 3].map((i) => devices.reduce((sum, [values]) => sum + values[i]!, 0))
        expect(opened(coordinator.open(), plan.modulusBits)).toEqual({ values: expected, members })
      }),
    )
  })
})

describe('what a plain group refuses, its state unchanged', () => {
  it('a vector of a stranger, a second one, a malformed one', () => {
    const { plan, coordinator } = groupOf(3)
    const packed = upload(plan, [1, 1, 1, 1])
    coordinator.vector('d0', packed)
    for (const member of ['d9', 'd0']) {
      expect(coordinator.expectsVector(member)).toBe(false)
      expect(() => coordinator.vector(member, packed)).toThrow(withCode('TACIT_OUT_OF_PHASE'))
      expect(() => coordinator.vector(member)).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    }
    expect(() => coordinator.vector('d1', packed.subarray(1))).toThrow(withCode('TACIT_VECTOR_SIZE'))
    expect(coordinator.expectsVector('d1')).toBe(true)
    coordinator.vector('d1', packed)
    coordinator.vector('d2', packed)
    expect(opened(coordinator.open(), plan.modulusBits).values).toEqual([3, 3, 3, 3])
  })

  it('steps that it does not know', () => {
    const { plan, coordinator } = groupOf(2)
    expect(() => coordinator.receive('d0', 'keys', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => plain.device(plan).receive('keys', {})).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('partial sums that do not match', () => {
    const { plan, coordinator } = groupOf(4)
    const sound = partialOf(['d1', 'd2'], [[1, 1, 1, 1]])
    const mismatch = (partial: PartialSum) =>
      expect(() => coordinator.merge(partial)).toThrow(withCode('TACIT_SUM_MISMATCH'))
    mismatch(sound)
    coordinator.vector('d0', upload(plan, [5, 5, 5, 5]))
    for (const member of ['d1', 'd2', 'd3']) coordinator.vector(member)
    expect(coordinator.phase).toBe('gather')
    mismatch({ ...sound, members: ['d1', 'd1'] })
    mismatch({ ...sound, members: ['d1', 'd9'] })
    mismatch({ ...sound, members: ['d0', 'd1'] })
    mismatch({ ...sound, members: [] })
    mismatch({ ...sound, words: new Uint32Array(LENGTH + 1) })
    mismatch({ ...sound, words: new Uint32Array(LENGTH - 1) })
    expect(coordinator.merge(sound)).toEqual([])
    mismatch(sound)
    expect(types(coordinator.merge(partialOf(['d3'], [[2, 2, 2, 2]])))).toEqual(['ready'])
    mismatch(sound)
    expect(opened(coordinator.open(), plan.modulusBits).values).toEqual([8, 8, 8, 8])
  })

  it('opening before it is ready, and opening twice', () => {
    const { plan, coordinator } = groupOf(2)
    const refused = () => expect(() => coordinator.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    refused()
    coordinator.vector('d0', upload(plan, [1, 1, 1, 1]))
    refused()
    coordinator.vector('d1', upload(plan, [1, 1, 1, 1]))
    expect(types(coordinator.open())).toEqual(['sum'])
    refused()
    expect(coordinator.phase).toBe('closed')
  })
})

describe('how a plain group ends', () => {
  const ones = [1, 1, 1, 1]

  it('closes at its goal and drops those who are late', () => {
    const { plan, coordinator } = groupOf(5, { goal: 3 })
    coordinator.vector('d4', upload(plan, ones))
    coordinator.vector('d0', upload(plan, ones))
    expect(coordinator.vector('d2', upload(plan, ones))).toEqual([
      { type: 'dropped', members: ['d1', 'd3'] },
      { type: 'ready', members: ['d0', 'd2', 'd4'] },
    ])
    expect(() => coordinator.vector('d1', upload(plan, ones))).toThrow(withCode('TACIT_OUT_OF_PHASE'))
  })

  it('closes at the deadline with whoever is there, at least its minimum', () => {
    const { plan, coordinator } = groupOf(4)
    coordinator.vector('d0', upload(plan, ones))
    coordinator.vector('d3', upload(plan, ones))
    expect(coordinator.deadline()).toEqual([
      { type: 'dropped', members: ['d1', 'd2'] },
      { type: 'ready', members: ['d0', 'd3'] },
    ])
    expect(coordinator.deadline()).toEqual([])
    expect(opened(coordinator.open(), plan.modulusBits).members).toEqual(['d0', 'd3'])
    expect(coordinator.deadline()).toEqual([])
  })

  it('fails below its minimum, and is then closed', () => {
    const { plan, coordinator } = groupOf(4, { minimum: 3 })
    coordinator.vector('d0', upload(plan, ones))
    coordinator.vector('d1', upload(plan, ones))
    expect(coordinator.deadline()).toEqual([{ type: 'failed', reason: 'too-few-survivors' }])
    expect(coordinator.phase).toBe('closed')
    expect(() => coordinator.open()).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect(() => coordinator.vector('d2', upload(plan, ones))).toThrow(withCode('TACIT_OUT_OF_PHASE'))
    expect([coordinator.deadline(), coordinator.leave('d2')]).toEqual([[], []])
  })

  it('fails when a gateway does not deliver what it holds by the deadline', () => {
    const { coordinator } = groupOf(3)
    for (const member of names(3)) coordinator.vector(member)
    coordinator.merge(partialOf(['d0', 'd1'], [ones, ones]))
    expect(coordinator.deadline()).toEqual([{ type: 'failed', reason: 'partial-mismatch' }])
    expect(() => coordinator.merge(partialOf(['d2'], [ones]))).toThrow(withCode('TACIT_SUM_MISMATCH'))
  })

  it('does not wait for members that have left, nor forget what they sent before', () => {
    const { plan, coordinator } = groupOf(3)
    coordinator.vector('d0', upload(plan, ones))
    expect(coordinator.leave('d0')).toEqual([])
    expect(coordinator.leave('d9')).toEqual([])
    expect(coordinator.leave('d1')).toEqual([])
    expect(coordinator.leave('d1')).toEqual([])
    expect(coordinator.expectsVector('d1')).toBe(false)
    expect(coordinator.vector('d2', upload(plan, ones))).toEqual([
      { type: 'dropped', members: [] },
      { type: 'ready', members: ['d0', 'd2'] },
    ])
    expect(opened(coordinator.open(), plan.modulusBits).values).toEqual([2, 2, 2, 2])
  })

  it('closes when the last one awaited leaves, and fails when too few are left', () => {
    const enough = groupOf(3)
    enough.coordinator.vector('d0', upload(enough.plan, ones))
    enough.coordinator.vector('d1', upload(enough.plan, ones))
    expect(types(enough.coordinator.leave('d2'))).toEqual(['dropped', 'ready'])
    const tooFew = groupOf(3)
    tooFew.coordinator.vector('d0', upload(tooFew.plan, ones))
    tooFew.coordinator.leave('d1')
    expect(tooFew.coordinator.leave('d2')).toEqual([{ type: 'failed', reason: 'too-few-survivors' }])
  })

  it('says nothing to a member that is back: the device uploads again by itself', () => {
    const { coordinator } = groupOf(2)
    expect(coordinator.resume('d0')).toEqual([])
  })
})

describe('a plain device', () => {
  const plan = planFor(2)

  it('uploads the same bytes again after a reconnect', () => {
    const device = plain.device(plan)
    expect([device.start(), device.resume()]).toEqual([[], []])
    const first = device.contribute(Uint32Array.of(1, 2, 3, 4))
    expect(first).toEqual([{ type: 'upload', packed: pack(Uint32Array.of(1, 2, 3, 4), plan.modulusBits) }])
    expect(device.resume()).toEqual(first)
  })

  it('contributes once', () => {
    const device = plain.device(plan)
    device.contribute(new Uint32Array(LENGTH))
    const second = () => device.contribute(new Uint32Array(LENGTH))
    expect(second).toThrow(withCode('TACIT_DUPLICATE_MESSAGE'))
    device.wipe()
    expect(second).toThrow(withCode('TACIT_DUPLICATE_MESSAGE'))
  })

  it('overwrites its vector when the round is over', () => {
    const device = plain.device(plan)
    const [effect] = device.contribute(new Uint32Array(LENGTH).fill(9))
    device.wipe()
    expect(device.resume()).toEqual([])
    expect(effect?.type === 'upload' && effect.packed.every((byte) => byte === 0)).toBe(true)
  })
})
