import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { syntheticDataset } from '@tacit/simulations'
import { describe, expect, it } from 'vitest'
import { run } from '../support/invariant.js'

/** As ../invariant.test.ts has it, for rounds that abort, and for populations that come and go. */
describe('the invariant', () => {
  it('holds when rounds abort while devices are still away, and with more workers than devices', async () => {
    // Everyone is in every round, so who vanished in one is invited to the next while it is still away.
    const few = syntheticDataset({ devices: 6, items: 120, seed: 4 })
    const rough = { cohort: 6, latencyMs: 40_000, dropout: 0.6, rounds: 12, seed: 4 }
    const memory = await run({ ...rough, workers: 8 }, few)
    expect(memory.rounds.aborted).toBeGreaterThan(0)
    expect(memory.rounds.released).toBeGreaterThan(0)
    expect(await run({ ...rough, transport: 'wire' }, few)).toEqual(memory)
  })

  it('holds for what devices keep to themselves, also where rounds abort after they have trained', async () => {
    const few = syntheticDataset({ devices: 6, items: 120, seed: 4 })
    const rough = { model: 'bpr-mf', cohort: 6, rounds: 8, dropout: 0.6, latencyMs: 10_000, seed: 1 }
    const memory = await run(rough, few)
    expect(memory.rounds.aborted).toBeGreaterThan(0)
    expect(await run({ ...rough, transport: 'wire' }, few)).toEqual(memory)
    const calm = { model: 'pfedrec', settings: { factors: 4 }, rounds: 2, dropout: 0.2 }
    expect(await run({ ...calm, transport: 'wire', workers: 2 })).toEqual(await run(calm))
  })

  it('holds for devices that come and go by the hour, of different speeds, links and losses', async () => {
    const rich = {
      cohort: 20,
      rounds: 5,
      dropout: 0.1,
      latencyMs: 2000,
      population: {
        availability: 'diurnal',
        regions: [
          { name: 'eu', utcOffsetHours: 1, share: 0.6 },
          { name: 'us', utcOffsetHours: -5, share: 0.4 },
        ],
        startHour: 9,
        roundEveryMinutes: 45,
        speeds: [
          { name: 'fast', speed: 2, share: 0.5 },
          { name: 'slow', speed: 0.1, share: 0.5, dropout: 0.4 },
        ],
        trainingMsPerEvent: 2000,
        uploadBitsPerSecond: 5000,
      },
    } as const
    const memory = await run(rich)
    expect(memory.rounds.released).toBe(5)
    const { waitedMs, lost, left, late, speeds } = memory.population
    expect(waitedMs).toBeGreaterThan(3_600_000)
    for (const befell of [lost, late]) expect(befell).not.toEqual({})
    expect(left).toEqual({})
    expect(speeds.fast!.countedShare).toBeGreaterThan(speeds.slow!.countedShare!)
    expect(await run({ ...rich, workers: 2 })).toEqual(memory)
    expect(await run({ ...rich, transport: 'wire', workers: 2 })).toEqual(memory)
  })

  it('holds for devices that leave in the middle of a round, as a trace has it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tacit-invariant-'))
    const trace = join(dir, 'trace.csv')
    const stay = (device: number) => `#${device},${device % 7},${device % 3 === 0 ? 1e6 : 4 + device / 2}`
    const lines = Array.from({ length: 50 }, (_, device) => stay(device))
    // Those that left are there again for a later round.
    const again = [1, 2, 4, 5].map((device) => `#${device},60,1e6`)
    writeFileSync(trace, ['device,from,to', ...lines, ...again].join('\n'))
    const coming = { cohort: 18, latencyMs: 3000, population: { trace, roundEveryMinutes: 1 } }
    const memory = await run(coming)
    expect(memory.rounds.released).toBe(3)
    for (const step of ['join', 'train', 'upload']) expect(memory.population.left).toHaveProperty(step)
    expect(await run({ ...coming, workers: 2 })).toEqual(memory)
    expect(await run({ ...coming, transport: 'wire' })).toEqual(memory)

    const masking = { coordinator: 'curious', adversarial: 0.1, dropout: 0.2 } as const
    const masked = { ...coming, settings: { factors: 2 }, secureSum: 'masked', masking, rounds: 1 }
    const hidden = await run(masked)
    expect(Object.values(hidden.population.left).length).toBeGreaterThan(1)
    expect(await run({ ...masked, transport: 'wire' })).toEqual(hidden)
    rmSync(dir, { recursive: true })
  })
})
