import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Device, History } from '@tacit/client'
import { createNodeDevice } from '@tacit/client/node'
import { startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS } from '@tacit/coordinator/task'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'

const ITEMS = Array.from({ length: 30 }, (_, i) => `item-${i}`)
const DEVICES = 4

describe('a coordinator started again', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tacit-restart-'))
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  const start = (share: number, settings: Record<string, number> = {}) =>
    startCoordinator({
      tasks: [
        {
          definition: {
            ...TASK_DEFAULTS,
            secureSum: 'plain',
            name: 'homepage',
            model: 'ials',
            settings: { factors: 4, ...settings },
            population: Math.round(DEVICES / share),
            share,
            catalogue: catalogueReference(ITEMS),
          },
          catalogue: ITEMS,
          limits: {
            goalCount: DEVICES,
            overSelection: 1,
            minimumCount: DEVICES,
            largestGroup: 10,
            uploadsInFlight: 2,
            joinDeadlineMs: 20_000,
            stepDeadlineMs: 20_000,
            phaseDeadlineMs: 20_000,
            uploadDeadlineMs: 20_000,
            chunkBytes: 1000,
          },
        },
      ],
      port: 0,
      dataDir,
      cadence: { startAt: DEVICES, pauseMs: 20 },
      logger: pino({ level: 'silent' }),
    })

  /** Runs until `rounds` are released in all; answers what became of them. */
  async function train(coordinator: Awaited<ReturnType<typeof start>>, rounds: number) {
    const warnings: string[] = []
    const devices: Device[] = Array.from({ length: DEVICES }, (_, d) => {
      const history = new History()
      for (let e = 0; e < 5; e++) history.add({ item: ITEMS[(d * 5 + e * 3) % ITEMS.length]!, at: e })
      return createNodeDevice({
        url: coordinator.url,
        task: 'homepage',
        limits: { secureSums: ['plain'], minimumCohort: DEVICES },
        history,
        onEvent: (event) => {
          if (event.type === 'warning') warnings.push(event.code)
        },
      })
    })
    const task = () => coordinator.status.current().tasks[0]!
    await new Promise<void>((resolve) => {
      const unsubscribe = coordinator.status.subscribe(() => {
        if (task().rounds.released + task().rounds.aborted < rounds) return
        unsubscribe()
        resolve()
      })
      for (const device of devices) device.start()
    })
    const { rounds: counts } = task()
    for (const device of devices) device.stop()
    return { released: counts.released, warnings }
  }

  it('with another population and share goes on from its model, and devices still take part', async () => {
    const first = await start(1)
    expect(await train(first, 2)).toEqual({ released: 2, warnings: [] })
    await first.stop()
    const second = await start(0.1)
    const before = second.status.current().tasks[0]!.rounds
    const after = await train(second, before.released + before.aborted + 2)
    expect(after).toEqual({ released: before.released + 2, warnings: [] })
    await second.stop()
  })

  it('with other settings that devices compute with is refused', async () => {
    await expect(start(1, { alpha: 0.5 })).rejects.toMatchObject({ code: 'TACIT_TASK_CONFLICT' })
  })
})
