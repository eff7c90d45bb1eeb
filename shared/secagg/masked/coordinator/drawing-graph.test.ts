import { describe, expect, it } from 'vitest'
import { digest } from '../../../bytes/index.js'
import { MAX_ATTEMPTS } from '../../graph/index.js'
import { flip, play, sayOtherwise, TWELVE } from '../testing/play.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { type Body, expectedSum, MaskedRound } from '../testing/round.js'
import { DrawingGraph } from './drawing-graph.js'
import { listed } from './roster.js'

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
    // Nobody revealed anything in time, in any of the attempts.
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

  it('gives up when it has lost too many one after the other, and does nothing more', () => {
    const devices = Array.from({ length: 100 }, (_, device) => {
      const key = digest('key', device)
      const entry = {
        identity: key,
        channel: key,
        mask: key,
        commitment: key,
        signature: key,
        credential: '',
      }
      return listed(String(device), entry)
    })
    const { plan } = new MaskedRound(TWELVE)
    const drawing = new DrawingGraph(
      { plan, environment: { suite: rememberingSuite }, next: () => [] },
      devices,
    )
    let effects = drawing.start()
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const sent = effects.flatMap((effect) => (effect.type === 'send' ? [effect] : []))
      expect(sent).toHaveLength(101 - attempt)
      expect(sent.map(({ body }) => (body as Body).attempt)).toEqual(sent.map(() => attempt))
      effects = drawing.leave(sent.find(({ step }) => step === 'draw')!.to)
    }
    expect(effects).toEqual([
      { type: 'rest', clock: 0 },
      { type: 'failed', reason: 'no-graph' },
    ])
    expect(drawing.deadline()).toEqual([])
    for (const { member } of devices) {
      expect(drawing.resume(member)).toEqual([])
      expect(drawing.leave(member)).toEqual([])
    }
  })

  it('draws anew without all that are silent', async () => {
    const { round, end } = await play({
      ...TWELVE,
      silently: true,
      vanishes: (device) => (device < 3 ? 'reveal' : undefined),
    })
    expect(end.dropped.toSorted()).toEqual([0, 1, 2])
    expect(attemptsOf(end.heard)).toEqual([1, 2])
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
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

  it('changes nothing while what was revealed is being checked, but who left', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    let checked = false
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (checked || step !== 'reveal' || !effects.some(({ type }) => type === 'compute')) return effects
      checked = true
      expect(round.coordinator.deadline(0)).toEqual([])
      expect(round.coordinator.leave('4')).toEqual([])
      expect(round.coordinator.resume('5')).toEqual([])
      const other = { ...(body as object), attempt: 2 }
      expect(() => receive(member, step, other)).toThrow(
        expect.objectContaining({ code: 'TACIT_OUT_OF_PHASE' }),
      )
      return effects
    }
    const end = await round.run()
    expect(checked).toBe(true)
    expect(attemptsOf(end.heard)).toEqual([1])
    expect(end.survivors).toHaveLength(11)
    expect(end.survivors).not.toContain('4')
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })

  it('does not begin anew for a device that has revealed its value, or has none to reveal', async () => {
    const round = new MaskedRound(TWELVE)
    const receive = round.coordinator.receive.bind(round.coordinator)
    round.coordinator.receive = (member, step, body) => {
      const effects = receive(member, step, body)
      if (member === '2' && step === 'reveal') expect(round.coordinator.leave('2')).toEqual([])
      return effects
    }
    const end = await round.run()
    expect(attemptsOf(end.heard)).toEqual([1])
    expect(end.survivors).not.toContain('2')
    expect(end.sums).toEqual(expectedSum(round, end.survivors))
  })
})
