import { History, trainInline } from '@tacit/client'
import { createNodeDevice } from '@tacit/client/node'
import { type RunningCoordinator, startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS } from '@tacit/coordinator/task'
import { isErrorCode } from '@tacit/shared/errors'
import { encodeFrame, PROTOCOL_VERSION } from '@tacit/shared/protocol'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type Malformed, malformed } from '../coordinator/gateway/testing/malformed.js'

const ITEMS = Array.from({ length: 60 }, (_, i) => `item-${i}`)
const HONEST = 5
const CHUNK_BYTES = 500

/** Connects, says hello unless told otherwise, sends one thing, and answers why its socket was closed. */
function intrude(
  url: string,
  name: string,
  { stage, data }: Pick<Malformed, 'stage' | 'data'>,
): Promise<string> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/devices`)
  const hello = { type: 'hello', protocol: PROTOCOL_VERSION, task: 'homepage', device: name }
  socket.on('open', () => socket.send(stage === 'opened' ? data : JSON.stringify(hello)))
  socket.on('message', () => {
    if (stage !== 'opened' && socket.readyState === WebSocket.OPEN) socket.send(data)
  })
  socket.on('error', () => {})
  return new Promise((resolve) => socket.on('close', (_code, reason) => resolve(reason.toString())))
}

/** Bad messages of every kind that needs no grant, and well-formed ones that only a member may send. */
function* attacks(roundId: string): Generator<Pick<Malformed, 'stage' | 'data'>> {
  const bad = malformed(new Draws(new SeededRandom({ seed: 9, purpose: 'training' })))
  for (let count = 0; ; count++) {
    const stage = 'hello'
    if (count % 5 === 0) yield { stage, data: JSON.stringify({ type: 'join', roundId }) }
    if (count % 5 === 1) yield { stage, data: JSON.stringify({ type: 'upload', roundId, bytes: 10 }) }
    if (count % 5 === 2) {
      const payload = new Uint8Array(CHUNK_BYTES)
      yield { stage, data: encodeFrame({ roundId, segment: 0, offset: 0, total: 9999, payload }) }
    }
    const next = bad.next().value as Malformed
    if (next.stage !== 'granted') yield next
  }
}

describe('a round under attack', () => {
  let coordinator: RunningCoordinator
  const stops: (() => void)[] = []
  let open: () => void = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let training: (roundId: string) => void = () => {}
  const started = new Promise<string>((resolve) => {
    training = resolve
  })
  const outcomes: string[] = []

  beforeAll(async () => {
    const limits = {
      goalCount: HONEST,
      overSelection: 1,
      minimumCount: HONEST,
      largestGroup: 10,
      uploadsInFlight: 2,
      joinDeadlineMs: 20_000,
      stepDeadlineMs: 60_000,
      phaseDeadlineMs: 60_000,
      uploadDeadlineMs: 30_000,
      chunkBytes: CHUNK_BYTES,
    }
    const definition = {
      ...TASK_DEFAULTS,
      secureSum: 'plain',
      name: 'homepage',
      model: 'ials',
      settings: { factors: 8 },
      population: 10,
      share: 1,
      catalogue: catalogueReference(ITEMS),
    }
    coordinator = await startCoordinator({
      tasks: [{ definition, catalogue: ITEMS, limits }],
      port: 0,
      cadence: { startAt: HONEST, pauseMs: 600_000 },
      logger: pino({ level: 'silent' }),
    })
    for (let d = 0; d < HONEST; d++) {
      const history = new History()
      for (let e = 0; e < 8; e++) history.add({ item: ITEMS[(d * 7 + e * 5) % ITEMS.length]!, at: e })
      const device = createNodeDevice({
        url: coordinator.url,
        task: 'homepage',
        limits: { secureSums: ['plain'], minimumCohort: HONEST },
        // Some intruders try to be this one.
        device: d === 0 ? 'honest' : `honest-${d}`,
        history,
        train: async (work) => {
          training(work.plan.roundId)
          await gate
          return trainInline(work)
        },
        onEvent: (event) => {
          if (event.type === 'round-ended') outcomes.push(event.outcome)
        },
      })
      device.start()
      stops.push(() => device.stop())
    }
  })

  afterAll(async () => {
    for (const stop of stops) stop()
    await coordinator.stop()
  })

  const changed = (satisfied: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!satisfied()) return
        unsubscribe()
        resolve()
      }
      const unsubscribe = coordinator.status.subscribe(look)
      look()
    })

  it('turns away every intruder with a code, and releases with every honest device in it', async () => {
    const task = () => coordinator.status.current().tasks[0]!
    const attack = attacks(await started)
    let count = 0
    const wave = async (size: number) => {
      const ends = Array.from({ length: size }, () =>
        intrude(coordinator.url, `x-${count++}`, attack.next().value!),
      )
      for (const reason of await Promise.all(ends)) expect(isErrorCode(reason), reason).toBe(true)
    }
    for (let waves = 0; waves < 6; waves++) await wave(40)
    expect(task().round).toMatchObject({ phase: 'upload', devices: HONEST })
    open()
    await Promise.all([wave(40), wave(40), changed(() => task().rounds.released === 1)])
    expect(task().rounds).toEqual({ released: 1, aborted: 0, abortedByReason: {} })
    await changed(() => outcomes.length === HONEST)
    expect(outcomes).toEqual(Array.from({ length: HONEST }, () => 'released'))
  })
})
