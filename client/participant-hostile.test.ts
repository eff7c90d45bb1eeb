import { TacitError } from '@tacit/shared/errors'
import { describe, expect, it } from 'vitest'
import type { ParticipantEffect } from './participant-types.js'
import { Bench, leaves, sent, types, warnings } from './testing/participant-bench.js'
import { sample } from './testing/sample.js'

describe('a coordinator that is not to be trusted', () => {
  it.each<[string, (bench: Bench) => ParticipantEffect[], string]>([
    [
      'a plan that the guard refuses',
      (b) => b.invite({ ...b.task.plan, minimumCohort: 1 }),
      'TACIT_PLAN_REFUSED',
    ],
    [
      'another plan for the round',
      (b) => {
        b.invite()
        return b.invite({ ...b.task.plan, minimumCohort: 3 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'another beginning of the round',
      (b) => b.toUpload().say({ ...b.task.begin, manifest: '/elsewhere' }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a grant before the vector',
      (b) => {
        b.invite()
        return b.say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'frames of a byte each',
      (b) => b.toUpload().say({ type: 'grant', roundId: b.roundId, chunkBytes: 1 }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'received without a grant',
      (b) => b.toUpload().say({ type: 'received', roundId: b.roundId }),
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a step of the sum before it began',
      (b) => {
        b.invite()
        return b.say({ type: 'sum', roundId: b.roundId, step: 'keys', body: null })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'a grant after the vector was received',
      (b) => {
        b.toUpload().say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
        b.say({ type: 'received', roundId: b.roundId })
        return b.say({ type: 'grant', roundId: b.roundId, chunkBytes: 1000 })
      },
      'TACIT_OUT_OF_PHASE',
    ],
    [
      'the wrong model',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        return b.feed({ type: 'model-ready', roundId: b.roundId, model: sample(2).fetched })
      },
      'TACIT_MODEL_HASH',
    ],
    [
      'a model that cannot be fetched',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        const error = new TacitError('TACIT_MODEL_HASH', { part: 'gram', expected: 'a', actual: 'b' })
        return b.feed({ type: 'model-failed', roundId: b.roundId, error })
      },
      'TACIT_MODEL_HASH',
    ],
    [
      'a model without one of its tensors',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        const { gram: _, ...tensors } = b.task.tensors
        const model = { ...b.task.fetched, tensors }
        return b.feed({ type: 'model-ready', roundId: b.roundId, model })
      },
      'TACIT_MODEL_INVALID',
    ],
    [
      'a model with a row that is not finite',
      (b) => {
        b.invite()
        b.say(b.task.begin)
        const itemFactors = {
          ...b.task.tensors.itemFactors!,
          values: new Float32Array(24 * 4).fill(Infinity, 4, 8),
        }
        const model = { ...b.task.fetched, tensors: { ...b.task.tensors, itemFactors } }
        return b.feed({ type: 'model-ready', roundId: b.roundId, model })
      },
      'TACIT_MODEL_INVALID',
    ],
  ])('leaves on %s', (_, misbehave, code) => {
    const bench = new Bench()
    const effects = misbehave(bench)
    expect([leaves(effects), warnings(effects)]).toEqual([[code], [code]])
    expect(bench.participant.active).toBe(false)
    expect(types(bench.effects).filter((type) => type === 'send-vector').length).toBeLessThan(2)
  })

  it('leaves the old round for an invite to another', () => {
    const bench = new Bench().toUpload()
    const other = { ...bench.task.plan, roundId: '8'.repeat(32) }
    const effects = bench.invite(other)
    expect(sent(effects)).toEqual([
      { type: 'leave', roundId: bench.roundId, code: 'TACIT_OUT_OF_PHASE' },
      { type: 'join', roundId: other.roundId },
    ])
  })

  it('says once that it is not in a round it hears of', () => {
    const bench = new Bench()
    expect(leaves(bench.say(bench.task.begin))).toEqual(['TACIT_OUT_OF_PHASE'])
    expect(bench.say({ type: 'grant', roundId: bench.roundId, chunkBytes: 1000 })).toEqual([])
    expect(bench.say({ type: 'done', roundId: 'd'.repeat(32), outcome: 'aborted' })).toEqual([])
  })

  it('does not enter a round twice', () => {
    const bench = new Bench().toUpload()
    bench.say({ type: 'done', roundId: bench.roundId, outcome: 'released' })
    expect(leaves(bench.invite())).toEqual(['TACIT_DUPLICATE_MESSAGE'])
  })

  it('takes no result of a round that is over', () => {
    const bench = new Bench()
    bench.invite()
    bench.say(bench.task.begin)
    bench.modelReady()
    bench.say({ type: 'done', roundId: bench.roundId, outcome: 'aborted' })
    for (const late of [bench.trained(), bench.modelReady()]) expect(late).toEqual([])
  })
})
