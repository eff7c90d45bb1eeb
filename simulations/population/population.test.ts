import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { log } from '@tacit/shared/kernels'
import { afterAll, describe, expect, it } from 'vitest'
import { DIURNAL } from './availability.js'
import { type Behaviour, expectedMembers } from './behaviour.js'
import { Population, type PopulationOptions } from './population.js'
import type { PopulationSettings } from './settings.js'

const DEVICES = 20_000
const HOUR = 3_600_000
const NO_BYTES = { upload: 0, download: 0 }
const NOTHING: Behaviour = {
  vanishesAt: undefined,
  leavesAfterMs: Infinity,
  joinMs: 0,
  trainMs: 0,
  uploadMs: 0,
  stepMs: 0,
}

const dir = mkdtempSync(join(tmpdir(), 'tacit-population-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function populationOf(
  population: Partial<PopulationSettings>,
  options: Partial<PopulationOptions> = {},
  training = DEVICES,
) {
  const ids = Array.from({ length: training + 1 }, (_, device) => `u${device}`)
  const devices = { ids: () => ids, training, historyLength: (device: number) => (device % 10) + 1 }
  return new Population({ seed: 3, dropout: 0, latencyMs: 0, ...options, population }, devices)
}

function all(population: Population, bytes = NO_BYTES, round = 1): Behaviour[] {
  const behaviour = population.behaviours({ round, atMs: 0 }, bytes)
  return Array.from({ length: DEVICES }, (_, device) => behaviour(device))
}

// Seeds are fixed: these never change from run to run. For a fresh seed each bound, four standard errors wide,
// would be missed once in 15,000.
function expectShare(observed: number, expected: number, count: number): void {
  expect(Math.abs(observed - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / count))
}

/** Half of the values are below their median; the logarithms' deviation has a standard error of s / sqrt(2n). */
function expectLognormal(values: readonly number[], median: number, spread: number): void {
  expectShare(values.filter((value) => value > median).length / values.length, 0.5, values.length)
  const squares = values.map((value) => log(value / median) ** 2)
  const deviation = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / values.length)
  expect(Math.abs(deviation - spread)).toBeLessThan((4 * spread) / Math.sqrt(2 * values.length))
}

describe('how devices behave', () => {
  const lossy = populationOf({}, { dropout: 0.3, latencyMs: 200 })

  it('is a function of seed, round and device', () => {
    const behaviours = all(lossy)
    expect(lossy.behaviours({ round: 1, atMs: 5 * HOUR }, NO_BYTES)(7)).toEqual(behaviours[7])
    expect(lossy.behaviours({ round: 2, atMs: 0 }, NO_BYTES)(7)).not.toEqual(behaviours[7])
    const other = populationOf({}, { dropout: 0.3, latencyMs: 200, seed: 4 })
    expect(other.behaviours({ round: 1, atMs: 0 }, NO_BYTES)(7)).not.toEqual(behaviours[7])
  })

  it('is to do everything at once where nothing is said', () => {
    const bytes = { upload: 1e6, download: 1e6 }
    expect(populationOf({}).behaviours({ round: 1, atMs: 0 }, bytes)(7)).toEqual(NOTHING)
  })

  it('loses the share it is told to, over all steps alike', () => {
    const lost = all(lossy).filter((behaviour) => behaviour.vanishesAt !== undefined)
    expectShare(lost.length / DEVICES, 0.3, DEVICES)
    for (const step of ['join', 'keys', 'train', 'upload', 'consistency', 'unmask']) {
      const share = lost.filter((behaviour) => behaviour.vanishesAt === step).length / lost.length
      expectShare(share, 1 / 6, lost.length)
    }
  })

  it('delays by a lognormal of the median and the spread it is told', () => {
    for (const key of ['joinMs', 'trainMs', 'uploadMs', 'stepMs'] as const) {
      expectLognormal(
        all(lossy).map((behaviour) => behaviour[key]),
        200,
        0.5,
      )
    }
    const wide = all(populationOf({ latencySpread: 1.5 }, { latencyMs: 80 }))
    expectLognormal(
      wide.map(({ joinMs }) => joinMs),
      80,
      1.5,
    )
  })

  it('trains for as long as its history, in its own time and that of its class', () => {
    const speeds = [
      { name: 'fast', speed: 2, share: 0.25 },
      { name: 'slow', speed: 0.5, share: 0.75 },
    ]
    const population = populationOf({ speeds, trainingMsPerEvent: 30, trainingSpread: 0.8 })
    const perEvent = all(population).map(({ trainMs }, device) => trainMs / ((device % 10) + 1))
    for (const { name, speed, share } of speeds) {
      const own = perEvent.filter((_, device) => population.classOf(device).name === name)
      expectShare(own.length / DEVICES, share, DEVICES)
      expectLognormal(own, 30 / speed, 0.8)
    }
    // Each time anew.
    expect(all(population, NO_BYTES, 2)[5]!.trainMs).not.toBe(all(population)[5]!.trainMs)
  })

  it('sends over a link that stays its own, up and down', () => {
    const population = populationOf({ uploadBitsPerSecond: 5e6, bandwidthSpread: 1, downloadRatio: 10 })
    const bytes = { upload: 1e6, download: 5e6 }
    const behaviours = all(population, bytes)
    expectLognormal(
      behaviours.map(({ uploadMs }) => uploadMs),
      1600,
      1,
    )
    // Five times as much, ten times as fast.
    for (const { trainMs, uploadMs } of behaviours) expect(trainMs).toBeCloseTo(uploadMs / 2, 6)
    expect(all(population, bytes, 2)).toEqual(behaviours)
  })

  it('loses each class its own share, and the others the population’s', () => {
    const speeds = [
      { name: 'fast', speed: 2, share: 0.5 },
      { name: 'slow', speed: 0.5, share: 0.5, dropout: 0.4 },
    ]
    const population = populationOf({ speeds }, { dropout: 0.1 })
    for (const [name, dropout] of [
      ['fast', 0.1],
      ['slow', 0.4],
    ] as const) {
      const own = all(population).filter((_, device) => population.classOf(device).name === name)
      const lost = own.filter(({ vanishesAt }) => vanishesAt !== undefined)
      expectShare(lost.length / own.length, dropout, own.length)
    }
    expect(population.expectedDropout).toBeCloseTo(0.25, 12)
    expect(expectedMembers({ cohort: 120, dropout: population.expectedDropout })).toBe(110)
  })
})

describe('when rounds begin, and with whom', () => {
  const evening = DIURNAL.map((_, hour) => (hour === 20 ? 0.5 : 0.1))

  it('is at once, with any of everybody, where nothing is said', () => {
    const start = populationOf({}).start(1, 500, 1000)
    expect(start).toMatchObject({ round: 1, atMs: 500, waitedMs: 0, available: DEVICES })
    expect(new Set(start.cohort).size).toBe(1000)
    expect(start.cohort).toEqual(start.cohort.toSorted((a, b) => a - b))
    expect(populationOf({}).start(2, 500, 1000).cohort).not.toEqual(start.cohort)
    expect(populationOf({}).start(1, 900, 1000).cohort).toEqual(start.cohort)
  })

  it('is with those who are there, once there are enough', () => {
    const population = populationOf({ availability: evening, startHour: 12 })
    expect(population.start(1, 0, 1000)).toMatchObject({ atMs: 0, waitedMs: 0 })
    const start = population.start(1, 90_000, 6000)
    expect(start).toMatchObject({ atMs: 8 * HOUR, waitedMs: 8 * HOUR - 90_000 })
    expect(start.cohort).toHaveLength(6000)
    expectShare(start.available / DEVICES, 0.5, DEVICES)
    // Nobody was invited who was not there: all of those are, in a cohort of all of them.
    const everyone = new Set(population.start(1, 8 * HOUR, start.available).cohort)
    expect(start.cohort.filter((device) => !everyone.has(device))).toEqual([])
  })

  it('invites anyone who is there as often as anyone else', () => {
    const population = populationOf({ availability: evening }, {}, 100)
    const there = population.start(1, 20 * HOUR, 2).available
    const counts = new Map<number, number>()
    const rounds = 4000
    for (let round = 1; round <= rounds; round++) {
      for (const device of population.start(round, 20 * HOUR, 10).cohort) {
        counts.set(device, (counts.get(device) ?? 0) + 1)
      }
    }
    expect(counts.size).toBe(there)
    for (const count of counts.values()) expectShare(count / rounds, 10 / there, rounds)
  })

  it('is never where there are not enough within a week', () => {
    const refused = expect.objectContaining({
      code: 'TACIT_DEVICES_UNAVAILABLE',
      details: { round: 4, wanted: 15_000, most: expect.any(Number) },
    })
    expect(() => populationOf({ availability: evening }).start(4, HOUR, 15_000)).toThrow(refused)
    expect(() => populationOf({}).start(4, 0, DEVICES + 1)).toThrow(
      expect.objectContaining({ details: { round: 4, wanted: DEVICES + 1, most: DEVICES } }),
    )
  })

  it('waits a week and no longer', () => {
    const path = join(dir, 'week.csv')
    const week = 7 * 24 * 3600
    writeFileSync(path, `device,from,to\nu0,0,1\nu0,${week + 5},1e7\nu1,${week + 5},1e7\n`)
    const population = populationOf({ trace: path }, {}, 5)
    expect(population.start(1, 5000, 2).atMs).toBe((week + 5) * 1000)
    expect(() => population.start(1, 4999, 2)).toThrow(
      expect.objectContaining({ code: 'TACIT_DEVICES_UNAVAILABLE' }),
    )
  })

  it('leaves a pause between them, from start to start', () => {
    const population = populationOf({ roundEveryMinutes: 10 })
    expect(population.nextAt(60_000, 90_000)).toBe(660_000)
    expect(population.nextAt(60_000, 900_000)).toBe(900_000)
    expect(populationOf({}).nextAt(60_000, 90_000)).toBe(90_000)
  })

  it('knows the hour', () => {
    const population = populationOf({ startHour: 22.5 })
    expect([0, HOUR / 2, 1.5 * HOUR, 25 * HOUR].map((at) => population.hourAt(at))).toEqual([22, 23, 0, 23])
  })
})

describe('a population of a trace', () => {
  const path = join(dir, 'trace.csv')
  const write = (text: string) => writeFileSync(path, `${text}\n`)

  it('is there, leaves and is as fast as the trace says', () => {
    write('device,from,to,speed,upload_bits_per_s\nu2,0,90,0.5,8e6\nu4,50,1000,2,4e6\nu5,0,1000,1,1')
    const population = populationOf({ trace: path, trainingMsPerEvent: 10, trainingSpread: 0 }, {}, 5)
    const start = population.start(1, 0, 2)
    // The last of them is there, but never trains.
    expect(start).toMatchObject({ atMs: 50_000, available: 2, cohort: [2, 4] })
    const behaviour = population.behaviours(start, { upload: 1e6, download: 4e6 })
    expect(behaviour(2)).toEqual({ ...NOTHING, leavesAfterMs: 40_000, trainMs: 1000 + 60, uploadMs: 1000 })
    expect(behaviour(4)).toEqual({ ...NOTHING, leavesAfterMs: 950_000, trainMs: 2000 + 25, uploadMs: 2000 })
  })

  it('draws what the trace does not say', () => {
    write('device,from,to\nu2,0,90\nu4,0,90')
    const population = populationOf({ trace: path, uploadBitsPerSecond: 8e6, bandwidthSpread: 0 }, {}, 5)
    const behaviour = population.behaviours({ round: 1, atMs: 0 }, { upload: 1e6, download: 4e6 })
    expect(behaviour(2)).toEqual({ ...NOTHING, leavesAfterMs: 90_000, trainMs: 1000, uploadMs: 1000 })
  })

  it.each([
    ['population.availability', { availability: 'diurnal' }],
    ['population.speeds', { speeds: [{ name: 'a', speed: 2, share: 1 }] }],
    ['population.uploadBitsPerSecond', { uploadBitsPerSecond: 1 }],
  ] as const)('refuses to be told %s twice', (name, settings) => {
    write('device,from,to,speed,upload_bits_per_s\nu2,0,90,1,1')
    expect(() => populationOf({ trace: path, ...settings })).toThrow(
      expect.objectContaining({
        code: 'TACIT_CONFIG_INVALID',
        details: expect.objectContaining({ path: name }),
      }),
    )
  })
})
