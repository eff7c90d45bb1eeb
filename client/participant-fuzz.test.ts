import { plainOnly } from '@tacit/shared/secagg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Participant } from './participant.js'
import type { ParticipantEvent } from './participant-types.js'
import { ownSide } from './testing/participant-bench.js'
import { sample } from './testing/sample.js'

const { plan, begin, fetched, limits } = sample()
const other = sample(2)
const rounds = [plan.roundId, other.plan.roundId]
const vector = new Uint32Array(plan.layout.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b), 0))

const roundId = fc.constantFrom(...rounds)
const said = fc.oneof(
  fc
    .constantFrom(plan, { ...plan, minimumCohort: 1 }, other.plan)
    .map((p) => ({ type: 'invite' as const, plan: p })),
  fc.constantFrom(begin, other.begin, { ...begin, manifest: '/elsewhere' }),
  fc.record({ type: fc.constant('grant' as const), roundId, chunkBytes: fc.nat(2000) }),
  fc.record({ type: fc.constant('received' as const), roundId }),
  fc.record({
    type: fc.constant('sum' as const),
    roundId,
    step: fc.constant('keys'),
    body: fc.constant(null),
  }),
  fc.record({ type: fc.constant('done' as const), roundId, outcome: fc.constant('aborted' as const) }),
)
const event: fc.Arbitrary<ParticipantEvent> = fc.oneof(
  { weight: 4, arbitrary: said.map((message) => ({ type: 'message' as const, message })) },
  fc.constant({ type: 'disconnected' as const }),
  fc.boolean().map((resumed) => ({ type: 'connected' as const, resumed })),
  roundId.map((id) => ({ type: 'model-ready' as const, roundId: id, model: fetched })),
  roundId.map((id) => ({ type: 'trained' as const, roundId: id, vector: vector.slice() })),
  fc.constant({ type: 'timer' as const, timer: 'round' as const }),
)

describe('the participant under any order of events', () => {
  it('never throws, trains once a round, sends only trained vectors and only while connected', () => {
    const histories = fc.array(event, { maxLength: 40 })
    const first: ParticipantEvent[] = [
      { type: 'connected', resumed: false },
      { type: 'message', message: { type: 'invite', plan } },
    ]
    fc.assert(
      fc.property(fc.boolean(), histories, (started, events) => {
        const participant = new Participant({ limits, roundDeadlineMs: 1000, own: ownSide, sums: plainOnly })
        const trainings = new Map<string, number>()
        const trained = new Set<string>()
        let connected = false
        for (const next of [...(started ? first : []), ...events]) {
          if (next.type === 'connected') connected = true
          if (next.type === 'disconnected') connected = false
          if (next.type === 'trained' && trainings.has(next.roundId)) trained.add(next.roundId)
          for (const effect of participant.handle(next)) {
            // A message can only come in on a connection: events here do not mind.
            if (effect.type === 'send') expect(connected).toBe(true)
            if (effect.type === 'send-vector') expect(trained).toContain(effect.roundId)
            if (effect.type === 'train') {
              const { roundId: id } = effect.plan
              trainings.set(id, (trainings.get(id) ?? 0) + 1)
              expect(trainings.get(id)).toBe(1)
            }
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})
