import { describe, expect, it } from 'vitest'
import { flip, play, sayOtherwise, TWELVE } from '../testing/play.js'
import { type Body, expectedSum, MaskedRound } from '../testing/round.js'

const ONE = 5
const attemptsOf = (heard: readonly { step: string; body: Body }[]) => [
  ...new Set(
    heard.filter(({ step }) => step === 'draw' || step === 'roster').map(({ body }) => body.attempt),
  ),
]

describe('the coordinator that draws the graph', () => {
  it('blames whoever signs its value for another list, and draws anew without it', async () => {
    const other = (body: Body) => ({ ...body, signed: flip(body.signed) })
    const { round, end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'reveal', other) })
    expect([...end.blamed]).toEqual([[ONE, 'its signature of what it revealed does not hold']])
    expect(end.dropped).toEqual([ONE])
    expect(attemptsOf(end.heard)).toEqual([1, 2])
    expect(end.survivors).toHaveLength(11)
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('refuses a value that was not committed to, and one of another attempt', async () => {
    for (const [change, code] of [
      [(body: Body) => ({ ...body, value: flip(body.value) }), 'TACIT_MESSAGE_INVALID'],
      [(body: Body) => ({ ...body, attempt: 2 }), 'TACIT_OUT_OF_PHASE'],
    ] as const) {
      const { end } = await play({ ...TWELVE, ...sayOtherwise(ONE, 'reveal', change) })
      expect(end.refused).toEqual([`${ONE} reveal ${code}`])
      expect(end.survivors).toHaveLength(11)
    }
  })

  it('does not mind a value of the attempt before, which crossed the new list', async () => {
    let first: Body
    const { end } = await play({
      ...TWELVE,
      vanishes: (device) => (device === 3 ? 'reveal' : undefined),
      alsoUp: (device, step, body) => {
        if (device !== ONE || step !== 'reveal') return []
        first ??= body
        return body.attempt === 2 ? [{ step, body: first }] : []
      },
    })
    expect(end.refused).toEqual([])
    expect(end.survivors).toHaveLength(11)
  })

  it('refuses a value of a device that is not of the committee', async () => {
    const { end } = await play({
      devices: 18,
      masking: { adversarial: 0, dropout: 0 },
      lenient: true,
      tamperUp: (_device, step, body) => (step === 'reveal' ? undefined : body),
    })
    // Nobody revealed anything in time, sixteen times over.
    expect(end.failure).toBe('too-few-survivors')
    const asked = new MaskedRound({
      devices: 18,
      masking: { adversarial: 0, dropout: 0 },
      lenient: true,
      alsoDown: (device, step) => {
        if (step === 'roster') {
          asked.hear(device, {
            step: 'reveal',
            body: { attempt: 1, value: 'A'.repeat(43), signed: 'A'.repeat(86) },
          })
        }
        return []
      },
    })
    const answer = await asked.run()
    expect(answer.refused).toHaveLength(2)
    for (const one of answer.refused) expect(one).toContain('reveal TACIT_OUT_OF_PHASE')
    expect(answer.survivors).toHaveLength(18)
  })

  it('draws anew without those who are silent, and gives up after sixteen attempts', async () => {
    const { end } = await play({
      devices: 40,
      masking: { adversarial: 0, dropout: 0 },
      plan: { minimum: 2 },
      silently: true,
      tamperUp: (() => {
        let attempt = 0
        return (_device: number, step: string, body: Body) => {
          if (step !== 'reveal') return body
          if (body.attempt === attempt) return body
          attempt = body.attempt
          return undefined
        }
      })(),
    })
    expect(end.failure).toBe('no-graph')
    expect(attemptsOf(end.heard)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    expect(end.dropped).toHaveLength(16)
  })

  it('goes on though a device is lost that is not awaited, and loses it later', async () => {
    const round = new MaskedRound({
      ...TWELVE,
      alsoUp: (device, step) => {
        if (device === 11 && step === 'reveal') {
          round.coordinatorDoes(() => [...round.coordinator.leave('4')])
        }
        return []
      },
    })
    const end = await round.run()
    expect(end.failure).toBeUndefined()
    expect(end.survivors).not.toContain('4')
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('says why there is no graph for a group', async () => {
    const { end } = await play({ devices: 12, masking: { dropout: 0.9 } })
    expect(end.failure).toBe('no-parameters')
  })

  it('tells a device that is back of the list again', async () => {
    const round = new MaskedRound({
      ...TWELVE,
      tamperDown: (device, step, body) => {
        if (device === 11 && step === 'draw')
          again.push(...round.coordinator.resume(String(ONE)), ...round.coordinator.resume('99'))
        return body
      },
    })
    const again: unknown[] = []
    const end = await round.run()
    const { body } = end.heard.find(({ device, step }) => device === ONE && step === 'draw')!
    expect(again).toEqual([{ type: 'send', to: String(ONE), step: 'draw', body }])
  })
})
