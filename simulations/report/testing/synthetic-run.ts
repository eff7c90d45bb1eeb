import { Draws, SeededRandom } from '@tacit/shared/random'
import type { RankingMetrics } from '../../evaluate/index.js'
import type { SimulationResult } from '../../runner/index.js'
import type { RoundRecord, RunData } from '../run-data.js'

export interface SyntheticRun {
  readonly name?: string
  readonly seed?: number
  readonly rounds?: number
  readonly factors?: number
  readonly damping?: number
  /** Rounds that are aborted. */
  readonly aborted?: readonly number[]
  readonly leaks?: string
  /** Spent by all rounds together; without it, there is no differential privacy. */
  readonly epsilon?: number
  readonly configuration?: Readonly<Record<string, unknown>>
}

/** A finished run as a simulation would leave it, made up from its seed. */
export function syntheticRun(options: SyntheticRun = {}): RunData {
  const { seed = 1, factors = 32, damping = 0.5, name = `run-${seed}` } = options
  const rounds = roundsOf(options)
  const best = rounds.filter(({ validation }) => validation).at(-1)!
  return {
    name,
    configuration: {
      data: 'ml-100k/u.data',
      model: 'ials',
      settings: { factors, damping, alpha: 0.1 },
      rounds: rounds.length,
      cohort: 943,
      seed,
      workers: 2,
      secureSum: 'plain',
      dropout: 0.05,
      latency: 300,
      ...(options.epsilon !== undefined && { dp: 'distributed', epsilon: options.epsilon, delta: 1e-6 }),
      ...options.configuration,
    },
    environment: {
      tacit: '0.1.0',
      node: 'v20.19.0',
      platform: 'linux x64',
      cpu: '2 x Example CPU',
      'package-lock.json': '0123456789abcdef',
      started: '2026-01-01T00:00:00.000Z',
    },
    result: resultOf(options, rounds, best),
    rounds,
  }
}

function roundsOf({
  seed = 1,
  rounds = 15,
  factors = 32,
  damping = 0.5,
  aborted = [],
  leaks,
  epsilon,
}: SyntheticRun): RoundRecord[] {
  const draws = new Draws(new SeededRandom({ seed, device: 0, purpose: 'history' }))
  const top = 0.6 + 0.02 * Math.log2(factors / 8) + 0.03 * (1 - (damping - 0.6) ** 2) + (leaks ? 0.08 : 0)
  let virtualMs = 0
  let wallMs = 0
  let federated: RoundRecord['federated'] = null
  return Array.from({ length: rounds }, (_, i): RoundRecord => {
    const lost = Math.round(draws.uniform() * 90)
    const hr = (shift: number) => (top + shift) * (1 - Math.exp(-(i + 1) / 3)) + draws.uniform() * 0.006
    const fails = aborted.includes(i + 1)
    virtualMs += 2000 + draws.uniform() * 900
    wallMs += 180 + draws.uniform() * 40
    const [validation, test] = [hr(0.015), hr(0)]
    const record: RoundRecord = {
      round: i + 1,
      outcome: fails ? 'aborted' : 'released',
      ...(fails ? { reason: 'too-few-joined' as const } : {}),
      cohort: 943,
      devices: fails ? 0 : 943 - lost,
      validation: fails ? null : rankingOf(validation),
      test: fails ? null : rankingOf(test),
      federated: fails ? null : federated,
      clippedShare: fails
        ? {}
        : { itemGradient: 0.12 * Math.exp(-i / 4), userGram: 0.02 + draws.uniform() * 0.01 },
      uploadBytes: fails ? 0 : (943 - lost) * 172_000,
      downloadBytes: 943 * 216_000,
      virtualMs,
      population: {
        startMs: 0,
        hour: 0,
        waitedMs: 0,
        available: 1,
        lost: {},
        left: {},
        late: {},
        speeds: {},
      },
      ...(epsilon !== undefined && !fails && { privacy: privacyOf((epsilon * (i + 1)) / rounds) }),
      wallMs,
      evaluationMs: 0,
    }
    federated = { evaluated: 943 - lost, 'hr@10': validation + 0.002, 'ndcg@10': validation * 0.578 }
    return record
  })
}

function resultOf(
  { seed = 1, leaks, name, epsilon }: SyntheticRun,
  rounds: readonly RoundRecord[],
  best: RoundRecord,
): SimulationResult {
  const released = rounds.filter(({ outcome }) => outcome === 'released')
  const clientUpdates = released.reduce((sum, { devices }) => sum + devices, 0)
  const test = best.test!
  return {
    schema: 1,
    model: 'ials',
    settings: { factors: 32 },
    data: { name: 'ml-100k', users: 943, items: 1682, interactions: 100_000 },
    protocol: {
      split: 'leave-one-out',
      negatives: 'clean',
      ties: 'pessimistic',
      perDevice: 99,
      leaks: leaks !== undefined,
      chosenBy: 'ndcg@10',
      report: 'test',
      ...(leaks === undefined ? {} : { leak: leaks }),
    },
    seed,
    transport: 'memory',
    workers: 2,
    rounds: { released: released.length, aborted: rounds.length - released.length, abortedByReason: {} },
    participation: 1,
    clientUpdates,
    metrics: {
      sampled: { ...rankingOf(test['hr@10']), byActivity: quartersOf(1) },
      full: {
        ...rankingOf(test['hr@10'] * 0.2),
        byActivity: quartersOf(0.2),
        'coverage@10': 0.41,
        'gini@10': 0.8,
        'popularity-share@10': 0.3,
      },
      bestRound: best.round,
      devices: 943,
      cases: 943,
    },
    curve: [],
    modelHash: `sha256-model-of-seed-${seed}-${name ?? ''}`,
    uploadBytesPerDevice: 172_000,
    downloadBytesPerDevice: 216_000,
    virtualMs: rounds.at(-1)!.virtualMs,
    population: {
      invited: rounds.length * 943,
      availableByHour: Array.from({ length: 24 }, (_, hour) => (hour < 6 ? null : 0.2 + hour / 48)),
      waitedMs: 0,
      lost: { join: 12, upload: 30 },
      left: {},
      late: { upload: 4 },
      speeds: {
        phone: { invited: 600, counted: 500, countedShare: 5 / 6 },
        desktop: { invited: 343, counted: 340, countedShare: 340 / 343 },
      },
    },
    wallMs: rounds.at(-1)!.wallMs,
    evaluationMs: 400,
    clientUpdatesPerSecond: 31_000,
    secureSum: {
      backend: 'plain',
      groups: 1,
      neighbours: 0,
      threshold: 0,
      privacyBits: null,
      correctnessBits: null,
    },
    privacy:
      epsilon === undefined
        ? null
        : {
            unit: 'device',
            mode: 'distributed',
            mechanism: 'skellam',
            delta: 1e-6,
            noiseMultiplier: 1.25,
            accountant: 'rdp',
            sampling: 0.1,
            rounds: released.length,
            participations: released.length,
            minimumCohort: 60,
            smallestGroup: 60,
            noiseMakers: null,
            ...privacyOf(epsilon),
          },
  }
}

function privacyOf(epsilon: number) {
  const epsilonAgainstCoordinator = epsilon * 4
  return { clip: 1 + epsilon / 100, clippedShare: 0.75, epsilon, epsilonAgainstCoordinator, excess: 1.4 }
}

/** @param hr at 10 */
export function rankingOf(hr: number): RankingMetrics {
  const ndcg = hr * 0.58
  return {
    'hr@10': hr,
    'ndcg@10': ndcg,
    'recall@10': hr,
    'precision@10': hr / 10,
    'mrr@10': hr * 0.45,
    'hr@20': hr * 1.2,
    'ndcg@20': ndcg * 1.1,
    'recall@20': hr * 1.2,
    'precision@20': (hr * 1.2) / 20,
    'mrr@20': hr * 0.47,
  }
}

function quartersOf(share: number) {
  return [0.58, 0.65, 0.7, 0.74].map((hr, i) => ({
    quartile: i + 1,
    from: [20, 33, 65, 149][i]!,
    to: [32, 64, 148, 737][i]!,
    cases: 236 - Math.floor(i / 3),
    devices: 236 - Math.floor(i / 3),
    'hr@10': hr * share,
    'ndcg@10': hr * share * 0.57,
  }))
}
