import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { epsilonOf, WIDE_ORDERS } from '@tacit/shared/dp'
import { guardedEvent, type RoundPlan, releasedEvent, roundNoise } from '@tacit/shared/protocol'
import { withMetrics } from '@tacit/shared/update'
import { describe, expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import { readCheckpoint, writeCheckpoint } from '../runs/checkpoint-file.js'
import { NO_METRICS } from '../runs/metrics-log.js'
import type { Checkpoint } from './checkpoint.js'
import type { SimulationConfiguration } from './configuration.js'
import { checkPrivacy, PrivacyLedger, privacyResult, type SimulatedPrivacy, taskPrivacy } from './privacy.js'
import type { RoundRecord } from './record.js'
import { Simulation } from './simulation.js'

const CLIP = 1
const layout = withMetrics([{ name: 'table', shape: [10, 4], range: 2, clip: 3, weight: 1 }], CLIP).map(
  (segment) => ({ ...segment, shape: [...segment.shape] }),
)
const said: SimulatedPrivacy = {
  mode: 'distributed',
  mechanism: 'skellam',
  clip: CLIP,
  adversarial: 0,
  delta: 1e-5,
  accountant: 'rdp',
  cohorts: 'coins',
  minimumCohort: 10,
  epsilon: 4,
}
const shape = { rounds: 5, share: 0.2, cohort: 20, largestGroup: 1000 }
/** As much of a plan as noise follows from. */
const planOf = (privacy: RoundPlan['privacy'], minimumCohort = 10) =>
  ({ layout, quantisationBits: 12, minimumCohort, privacy }) as unknown as RoundPlan
const settle = (change: Partial<SimulatedPrivacy> = {}, run: Partial<typeof shape> = {}) =>
  taskPrivacy({ ...said, ...change }, { ...shape, ...run }, planOf)
const MODES = ['local', 'distributed', 'central'] as const

describe('the noise of a task', () => {
  it.each(MODES)('keeps all rounds within epsilon, and hardly more, in %s mode', (mode) => {
    for (const cohorts of ['coins', 'drawn'] as const) {
      const settled = settle({ mode, cohorts })
      expect(settled.sampling).toBe(cohorts === 'coins' ? 0.2 : 1)
      const event = releasedEvent(planOf(settled))!
      const spent = epsilonOf([{ ...event, rounds: 5 }], 1e-5, 'rdp')
      expect(spent).toBeLessThanOrEqual(4)
      expect(spent).toBeGreaterThan(3.99)
    }
  })

  it('is little for each device where there are many, and an epsilon that no noise is spent on is refused', () => {
    const most = (minimumCohort: number, epsilon: number) => {
      const change = { mode: 'local', cohorts: 'drawn', minimumCohort, epsilon } as const
      const plan = (one: RoundPlan['privacy']) => ({ ...planOf(one, minimumCohort), quantisationBits: 15 })
      const settled = taskPrivacy(
        { ...said, ...change },
        { ...shape, rounds: 1, cohort: 1e6, share: 1 },
        plan,
      )
      const spent = epsilonOf([releasedEvent(plan(settled))!], 1e-5, 'rdp')
      expect(spent / epsilon).toBeGreaterThan(0.999)
      expect(spent).toBeLessThanOrEqual(epsilon)
      return settled.noiseMultiplier
    }
    const [few, many] = [most(100, 8), most(1e6, 8)]
    expect(many).toBeLessThan(2 ** -10)
    expect(few / many).toBeCloseTo(100, 0)
    expect(() => most(1e7, 1e6)).toThrow(/even the least noise/)
  })

  it('is found for epsilons far below 1, and where not, the message says what the floor is', () => {
    const rounds = { rounds: 15 }
    const settled = settle({ epsilon: 0.1, delta: 1e-6 }, rounds)
    const event = { ...releasedEvent(planOf(settled))!, rounds: 15 }
    const spent = epsilonOf([event], 1e-6, 'rdp', { orders: WIDE_ORDERS })
    expect(spent).toBeLessThanOrEqual(0.1)
    expect(spent).toBeGreaterThan(0.0999)
    expect(() => settle({ epsilon: 1e-4, delta: 1e-6 }, rounds)).toThrow(
      /keeps within 0.0001: it spends 0.00\d+/,
    )
  })

  it('is what is said, where that is said', () => {
    const { epsilon: _, ...open } = said
    expect(taskPrivacy({ ...open, noiseMultiplier: 3 }, shape, planOf).noiseMultiplier).toBe(3)
    expect(() => taskPrivacy(open, shape, planOf)).toThrow(
      expect.objectContaining({ code: 'TACIT_PRIVACY_INVALID' }),
    )
  })

  it('is refused before anyone trains where no noise suffices, or the accountant does not know it', () => {
    const refused = expect.objectContaining({ code: 'TACIT_PRIVACY_INVALID' })
    expect(() => settle({ epsilon: 1e-4 })).toThrow(refused)
    expect(() => settle({ accountant: 'pld', noiseMultiplier: 2 })).toThrow(refused)
    const gaussian = { mechanism: 'discrete-gaussian', accountant: 'pld' } as const
    expect(() => settle({ ...gaussian, noiseMultiplier: 1e-9 })).toThrow(refused)
    expect(settle({ ...gaussian, cohorts: 'drawn' }).noiseMultiplier).toBeLessThan(
      settle({ ...gaussian, cohorts: 'drawn', accountant: 'rdp' }).noiseMultiplier,
    )
  })

  it('is sized for the smallest group of a cohort that may be split', () => {
    expect(settle().smallestGroup).toBe(10)
    // A cohort of up to 20 + 6 * sqrt(20) = 47 in groups of up to 15: of 16 two of 8, of which 4 may be opened.
    expect(settle({}, { largestGroup: 15 }).smallestGroup).toBe(4)
    expect(settle({ mode: 'local' }, { largestGroup: 15 })).not.toHaveProperty('smallestGroup')
  })
})

describe('what rounds spend', () => {
  const record = (
    change: Partial<SimulatedPrivacy>,
    charged: number,
    devices = 10,
    ledger = new PrivacyLedger({ ...said, ...change }),
  ) => ledger.record(planOf(settle({ noiseMultiplier: 2, ...change })), charged, devices, 0.25)

  it('is what the accountant says, of both', () => {
    const plan = planOf(settle({ noiseMultiplier: 2 }))
    const of = (event: ReturnType<typeof releasedEvent>, rounds: number) =>
      epsilonOf([{ ...event!, rounds }], 1e-5, 'rdp')
    expect(record({}, 3)).toEqual({
      clip: CLIP,
      clippedShare: 0.25,
      clippedEstimate: 0.25,
      epsilon: of(releasedEvent(plan), 3),
      epsilonAgainstCoordinator: of(guardedEvent(plan), 3),
      excess: expect.closeTo(1, 12),
    })
  })

  it('is another thing before the coordinator in local mode, also where no coin tells the two apart', () => {
    const { epsilon, epsilonAgainstCoordinator } = record({ mode: 'local', cohorts: 'drawn' }, 3)
    expect(epsilonAgainstCoordinator).toBeGreaterThan(2 * epsilon)
    expect(record({ mode: 'central' }, 3).epsilonAgainstCoordinator).toBeNull()
  })

  it('stops growing before the coordinator where devices stop taking part', () => {
    const capped = { participations: 2 }
    const at = (charged: number) => record(capped, charged).epsilonAgainstCoordinator!
    expect(at(1)).toBeLessThan(at(2))
    expect(at(9)).toBe(at(2))
    expect(at(9)).toBeLessThan(record({}, 9).epsilonAgainstCoordinator!)
  })

  it('does not depend on what was asked before', () => {
    const ledger = new PrivacyLedger(said)
    const fresh = [1, 2, 3, 2, 1].map((charged) => record({}, charged))
    expect([1, 2, 3, 2, 1].map((charged) => record({}, charged, 10, ledger))).toEqual(fresh)
  })

  it('has no excess where coins decide, however many win: it would tell', () => {
    for (const devices of [10, 25, 40]) expect(record({}, 1, devices).excess).toBeCloseTo(1, 12)
    expect(record({ adversarial: 0.2 }, 1, 25).excess).toBeCloseTo(1.25, 12)
  })

  it('has an excess of survivors over those who are counted on', () => {
    const drawn = { cohorts: 'drawn' } as const
    expect(record(drawn, 1, 25).excess).toBeCloseTo(2.5, 12)
    expect(record({ ...drawn, adversarial: 0.2 }, 1, 10).excess).toBeCloseTo(1.25, 12)
    expect(record({ mode: 'central' }, 1, 25).excess).toBe(1)
    const plan = planOf(settle({ ...drawn, noiseMultiplier: 2, mode: 'local' }))
    expect(record({ ...drawn, mode: 'local' }, 1, 25).excess).toBeCloseTo(25 / 10, 12)
    expect(roundNoise(plan)!.releasedVariance).toBeCloseTo(10 * roundNoise(plan)!.deviceVariance, 3)
  })

  it('has a clipped share that is the mean of what noise left of it, in whatever rounds were released', () => {
    const settled = settle({ noiseMultiplier: 2 })
    const shareOf = (...estimates: readonly (number | undefined)[]) => {
      const ledger = new PrivacyLedger(said)
      const records = estimates.map((estimate, i) => ({
        privacy: ledger.record(planOf(settled), i + 1, 10, estimate),
      }))
      return privacyResult(said, settled, records as unknown as RoundRecord[]).clippedShare
    }
    expect(shareOf(1.5, -0.25, undefined, 0.25)).toBeCloseTo(0.5, 12)
    expect(shareOf(2, 0.5)).toBe(1)
    expect(shareOf(-2, 0.5)).toBe(0)
    expect(shareOf(undefined)).toBe(0)
    expect(record({}, 1, 10, new PrivacyLedger(said)).clippedShare).toBe(0.25)
  })

  it('is said of no more participations than there were rounds', () => {
    const records = [1, 2].map((charged) => ({ privacy: record({}, charged) })) as unknown as RoundRecord[]
    const of = (participations: number) =>
      privacyResult({ ...said, participations }, settle({ noiseMultiplier: 2 }), records).participations
    expect([1, 2, 5].map(of)).toEqual([1, 2, 2])
  })

  it('is nothing, and yet said, where no round was released', () => {
    const settled = settle({ noiseMultiplier: 2 })
    expect(privacyResult(said, settled, [])).toMatchObject({
      unit: 'device',
      epsilon: 0,
      epsilonAgainstCoordinator: 0,
      rounds: 0,
      excess: 0,
      clip: CLIP,
    })
    expect(privacyResult(said, { ...settled, mode: 'central' }, []).epsilonAgainstCoordinator).toBeNull()
  })
})

describe('what cannot be private', () => {
  const configuration = { privacy: said, cohort: 20 } as SimulationConfiguration
  const check =
    (change: Partial<SimulatedPrivacy>, rest: Partial<SimulationConfiguration> = {}, devices = 100) =>
    () =>
      checkPrivacy({ ...configuration, ...rest, privacy: { ...said, ...change } }, devices)

  it('is refused, by the entry that is to blame', () => {
    const buffered = { concurrency: 1, maxStaleness: 1 }
    const refused = (path: string) =>
      expect.objectContaining({ code: 'TACIT_CONFIG_INVALID', message: expect.stringContaining(path) })
    expect(check({}, { buffered })).toThrow(refused('dp'))
    expect(check({ minimumCohort: 47 })).not.toThrow()
    expect(check({ minimumCohort: 48 })).toThrow(refused('minimumCohort'))
    expect(check({ minimumCohort: 21, cohorts: 'drawn' })).toThrow(refused('minimumCohort'))
    expect(check({ minimumCohort: 31 }, {}, 30)).toThrow(refused('minimumCohort'))
    expect(check({ participations: 2 })).not.toThrow()
    expect(check({ participations: 2, cohorts: 'drawn' })).toThrow(refused('participations'))
  })
})

describe('a private simulation', () => {
  const dataset = syntheticDataset({ devices: 40, items: 30, seed: 4 })
  const base: SimulationConfiguration = {
    model: 'popularity',
    settings: {},
    rounds: 4,
    cohort: 20,
    seed: 1,
    workers: 1,
    transport: 'memory',
    secureSum: 'plain',
    dropout: 0,
    latencyMs: 0,
    blockRows: 100_000,
  }
  const run = (privacy: Partial<SimulatedPrivacy>, change: Partial<SimulationConfiguration> = {}) =>
    new Simulation(dataset, { ...base, ...change, privacy: { ...said, ...privacy } }).run()

  it('has other models than one that is not, for every mode another, and spends what it may', async () => {
    const open = await new Simulation(dataset, base).run()
    expect(open.privacy).toBeNull()
    const hashes = new Set([open.modelHash])
    for (const mode of MODES) {
      const { modelHash, privacy, rounds } = await run({ mode, minimumCohort: 5 })
      expect(rounds.released).toBe(4)
      hashes.add(modelHash)
      expect(privacy).toMatchObject({ mode, rounds: 4, sampling: 0.5, minimumCohort: 5 })
    }
    expect(hashes.size).toBe(4)
  })

  it('releases nothing of fewer than the minimum, and charges nothing for it', async () => {
    const { rounds, privacy, clientUpdates } = await run({ minimumCohort: 40 })
    expect(rounds).toMatchObject({ released: 0, aborted: 4 })
    expect(clientUpdates).toBe(0)
    expect(privacy).toMatchObject({ epsilon: 0, rounds: 0 })
  })

  it('goes on after any round to the bits of a run that was never stopped, coins and clip included', async () => {
    const configuration: SimulationConfiguration = {
      ...base,
      rounds: 6,
      dropout: 0.1,
      privacy: {
        ...said,
        noiseMultiplier: 2,
        minimumCohort: 3,
        participations: 3,
        adaptiveClip: { quantile: 0.5, rate: 0.2 },
      },
    }
    const dir = mkdtempSync(join(tmpdir(), 'tacit-private-'))
    const kept: RoundRecord[][] = []
    const keep = (checkpoint: Checkpoint) => {
      writeCheckpoint(join(dir, `${kept.length + 1}`), checkpoint, { options: {}, metrics: NO_METRICS })
      // As lines of a file.
      kept.push(JSON.parse(JSON.stringify(checkpoint.records)))
    }
    for (let round = 1; round <= 6; round++) mkdirSync(join(dir, `${round}`))
    const whole = await new Simulation(dataset, configuration).run({ keep })
    expect(
      kept
        .at(-1)!
        .map(({ cohort }) => cohort)
        .some((cohort) => cohort !== kept[0]![0]!.cohort),
    ).toBe(true)
    expect(new Set(kept.at(-1)!.map(({ privacy }) => privacy?.clip)).size).toBeGreaterThan(2)
    for (const round of [1, 4]) {
      const from = readCheckpoint(join(dir, `${round}`), () => undefined)!.restore(kept[round - 1]!)
      expect(from.state.server).toHaveProperty('privacyClip')
      const { modelHash, privacy, curve, clientUpdates, population } = await new Simulation(
        dataset,
        configuration,
        { from },
      ).run()
      expect({ modelHash, privacy, curve, clientUpdates, population }).toEqual({
        modelHash: whole.modelHash,
        privacy: whole.privacy,
        curve: whole.curve,
        clientUpdates: whole.clientUpdates,
        population: whole.population,
      })
    }
    rmSync(dir, { recursive: true })
  })

  it('is refused before its first round where nobody can draw its noise', () => {
    for (const how of [{ mode: 'local' }, { mode: 'central', mechanism: 'discrete-gaussian' }] as const) {
      const privacy = { ...said, ...how, cohorts: 'drawn', noiseMultiplier: 4096 } as const
      expect(() => new Simulation(dataset, { ...base, privacy })).toThrow(
        expect.objectContaining({ code: 'TACIT_NOISE_INVALID' }),
      )
    }
  })

  it.each([
    {},
    { rotate: true, noiseMultiplier: 0.01, clip: 2 },
    { mode: 'central' },
    { cohorts: 'drawn' },
  ] as const)('keeps of every round the clipped share as noise left it: %j', async (how) => {
    const records: RoundRecord[] = []
    const privacy = { ...said, noiseMultiplier: 1, clip: 0.5, minimumCohort: 5, ...how }
    const simulation = new Simulation(dataset, { ...base, privacy })
    const { privacy: spent } = await simulation.run({ onRound: (record) => records.push(record) })
    const estimates = records.map((record) => record.privacy!.clippedEstimate!)
    for (const [i, { clippedShare, privacy }] of records.entries()) {
      expect(privacy!.clippedShare).toBeCloseTo(clippedShare.update!, 12)
      expect(Math.min(1, Math.max(0, estimates[i]!))).toBe(privacy!.clippedShare)
    }
    const mean = estimates.reduce((sum, each) => sum + each, 0) / 4
    expect(spent!.clippedShare).toBe(Math.min(1, Math.max(0, mean)))
    const isShare = (each: number) => each > 0 && each < 1
    expect(estimates.some((each) => isShare(each) === 'rotate' in how)).toBe(true)
  })

  it('takes no device more often than it may', async () => {
    // All take part in the first round, and nobody after it.
    const { rounds, clientUpdates, privacy } = await run({ participations: 1 }, { cohort: 40 })
    expect(rounds).toMatchObject({ released: 1, aborted: 3 })
    expect(clientUpdates).toBe(40)
    expect(privacy!.participations).toBe(1)
  })
})
