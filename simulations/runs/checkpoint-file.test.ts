import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelState, Tensors } from '@tacit/shared/model'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { Checkpoint, RoundRecord } from '../runner/index.js'
import { readCheckpoint, removeCheckpointsAfter, writeCheckpoint } from './checkpoint-file.js'
import { NO_METRICS } from './metrics-log.js'

const ABOUT = { options: { seed: 1 }, metrics: NO_METRICS }

/** As far as a checkpoint looks at it. */
const recordOf = (round: number) => ({ round, outcome: 'released' }) as RoundRecord

const tensors = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__'),
  fc.oneof(
    fc.float32Array({ maxLength: 7 }).map((values) => ({ shape: [values.length], values })),
    fc.float64Array({ maxLength: 7 }).map((values) => ({ shape: [values.length], values })),
  ),
  { maxKeys: 3, noNullPrototype: true },
) satisfies fc.Arbitrary<Tensors>
const states: fc.Arbitrary<ModelState> = fc.record({ model: tensors, server: tensors })
const personal = fc.option(fc.float32Array({ maxLength: 9 }), { nil: undefined })

const checkpoints: fc.Arbitrary<Checkpoint> = fc
  .record({
    rounds: fc.integer({ min: 1, max: 5 }),
    state: states,
    personal,
    other: states,
    isLast: fc.boolean(),
  })
  .map(({ rounds, state, personal, other, isLast }) => {
    const records = Array.from({ length: rounds }, (_, i) => recordOf(i + 1))
    const best = isLast
      ? { record: records.at(-1)!, state, personal }
      : { record: records[0]!, state: other, personal: personal?.slice() }
    const groups = { groups: 1, neighbours: 3, threshold: 2, privacyBits: 41.5, correctnessBits: null }
    return { records, state, best, personal, groups }
  })

describe('a checkpoint', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-checkpoint-'))
  const files = () => readdirSync(dir).sort()
  const simple = (round: number): Checkpoint => ({
    records: Array.from({ length: round }, (_, i) => recordOf(i + 1)),
    state: { model: { items: { shape: [2], values: new Float32Array([round, 2]) } }, server: {} },
    best: undefined,
    personal: undefined,
    groups: { groups: 1, neighbours: 0, threshold: 0, privacyBits: null, correctnessBits: null },
  })
  const newest = () => readCheckpoint(dir, () => undefined)

  beforeEach(() => {
    for (const name of files()) rmSync(join(dir, name))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('comes back as it was', () => {
    fc.assert(
      fc.property(checkpoints, (checkpoint) => {
        removeCheckpointsAfter(dir, 0)
        writeCheckpoint(dir, checkpoint, ABOUT)
        const stored = newest()!
        expect(stored).toMatchObject({ round: checkpoint.records.length, ...ABOUT })
        expect(stored.restore(checkpoint.records)).toEqual(checkpoint)
      }),
      { numRuns: 30 },
    )
  })

  it('keeps state of devices that threads share, and a model that is best and last but once', () => {
    const values = new Float32Array(new SharedArrayBuffer(4000)).fill(1.5)
    const checkpoint = simple(1)
    const best = { record: recordOf(1), state: checkpoint.state, personal: undefined }
    writeCheckpoint(dir, { ...checkpoint, best, personal: values }, ABOUT)
    const restored = newest()!.restore(checkpoint.records)
    expect(restored.personal).toEqual(new Float32Array(1000).fill(1.5))
    expect(restored.best!.state.model.items!.values).toBe(restored.state.model.items!.values)
    expect(statSync(join(dir, '0000001.bin')).size).toBe(4008)
  })

  it('is the newest of two', () => {
    for (const round of [1, 2, 3]) writeCheckpoint(dir, simple(round), ABOUT)
    expect(files()).toEqual(['0000002.bin', '0000002.json', '0000003.bin', '0000003.json'])
    expect(newest()!.round).toBe(3)
    removeCheckpointsAfter(dir, 2)
    expect(newest()!.round).toBe(2)
    removeCheckpointsAfter(dir, 0)
    expect(newest()).toBeUndefined()
  })

  it.each(['0000002.bin', '0000002.json'])('is the one before where any byte of %s is wrong', (name) => {
    const path = join(dir, name)
    writeCheckpoint(dir, simple(1), ABOUT)
    writeCheckpoint(dir, simple(2), ABOUT)
    const whole = readFileSync(path)
    const damages = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 2), bit: fc.nat(7) }).map(({ at, bit }) => {
        const damaged = Buffer.from(whole)
        damaged[at] = damaged[at]! ^ (1 << bit)
        return damaged
      }),
      fc.nat(whole.length - 2).map((length) => whole.subarray(0, length)),
    )
    fc.assert(
      fc.property(damages, (damaged) => {
        writeFileSync(path, damaged)
        expect(newest()!.round).toBe(1)
      }),
    )
    rmSync(path)
    expect(newest()!.round).toBe(1)
  })

  it('is refused, with a reason for each, where none is whole', () => {
    writeCheckpoint(dir, simple(1), ABOUT)
    writeCheckpoint(dir, simple(2), ABOUT)
    writeFileSync(join(dir, '0000001.bin'), '')
    rmSync(join(dir, '0000002.bin'))
    expect(newest).toThrow(/round 2: its arrays are missing; round 1: its arrays are 0 bytes, not 8/)
    writeCheckpoint(dir, simple(3), ABOUT)
    expect(() => readCheckpoint(dir, () => 'no good')).toThrow(/round 3: no good/)
  })
})
