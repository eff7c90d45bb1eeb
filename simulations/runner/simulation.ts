import { makePlan, RoundEngine, type RoundLimits } from '@tacit/coordinator/round'
import {
  catalogueReference,
  encodeRelease,
  makeRelease,
  modelOf,
  TASK_DEFAULTS,
  type TaskDefinition,
} from '@tacit/coordinator/task'
import { utf8ToBytes } from '@tacit/shared/bytes'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import type { EncodedModel, Model, ModelState, ModelTask } from '@tacit/shared/model'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { type SumBackends, secureSums } from '@tacit/shared/secagg'
import { layoutSize, packedLength, withMetrics } from '@tacit/shared/update'
import { type Dataset, type Split, splitDataset } from '../data/index.js'
import { rankingMetrics } from '../evaluate/index.js'
import { SIMULATED_MASKING, type SimulationConfiguration, simulatedLimits } from './configuration.js'
import { deviceName, deviceNumber } from './device-names.js'
import { DeviceTransport } from './device-transport.js'
import { GroupsSeen, requireParameters } from './groups-seen.js'
import { MemoryTransport } from './memory-transport.js'
import { behaviourOf, expectedMembers } from './population.js'
import type { CurvePoint, SimulationResult } from './result.js'
import { ScheduledRound } from './scheduled-round.js'
import { SharedSuite } from './shared-suite.js'
import { Trainers } from './trainers.js'
import type { Transport } from './transport.js'

/** What the caller is told after every round. */
export interface Progress {
  readonly round: number
  readonly rounds: number
  readonly outcome: 'released' | 'aborted'
  /** Devices whose vectors are in the release. */
  readonly devices: number
  readonly point: CurvePoint | undefined
}

/** Makes the transport on which devices are real: it needs parts that a simulation in memory does not. */
export type WireTransportFactory = (setup: WireSetup) => Promise<Transport>

export interface WireSetup {
  readonly task: TaskDefinition
  readonly catalogue: readonly string[]
  readonly split: Split
  readonly configuration: SimulationConfiguration
}

/**
 * Federated training of a data set under the evaluation protocol of its split, in virtual time.
 *
 * @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID, TACIT_MODULUS_TOO_LARGE,
 * TACIT_SECAGG_NO_PARAMETERS
 */
export class Simulation {
  readonly #dataset: Dataset
  readonly #configuration: SimulationConfiguration
  readonly #backends: SumBackends | undefined
  readonly #split: Split
  readonly #trainable: readonly number[]
  readonly #limits: RoundLimits
  readonly #hasValidation: boolean
  readonly #task: TaskDefinition
  readonly #model: Model
  readonly #groups: GroupsSeen
  readonly #curve: CurvePoint[] = []
  readonly #aborted: Record<string, number> = {}
  #state: ModelState
  #encoded: EncodedModel
  #best: { point: CurvePoint; state: ModelState } | undefined
  #clientUpdates = 0
  #released = 0
  #uploadBytes = 0
  #virtualMs = 0
  #evaluationMs = 0

  constructor(dataset: Dataset, configuration: SimulationConfiguration, backends?: SumBackends) {
    this.#dataset = dataset
    this.#configuration = configuration
    this.#backends = backends
    this.#split = splitDataset(dataset, { seed: configuration.seed })
    const last = this.#split.evaluationOnlyFrom ?? this.#split.devices
    this.#trainable = Array.from({ length: last }, (_, device) => device)
    checkUsable(dataset, this.#split, last)
    this.#task = {
      ...TASK_DEFAULTS,
      // Not the data set's: a folder may be called what no task can.
      name: 'simulation',
      model: configuration.model,
      settings: configuration.settings,
      population: last,
      share: configuration.cohort / last,
      catalogue: catalogueReference(dataset.catalogue),
      blockRows: configuration.blockRows,
      secureSum: configuration.secureSum,
      masking: { ...SIMULATED_MASKING, ...configuration.masking, identity: 'anonymous' },
    }
    this.#model = modelOf(this.#task)
    this.#limits = simulatedLimits(configuration, this.#vectorBytes())
    requireParameters(this.#task, expectedMembers(configuration), this.#limits.largestGroup)
    this.#groups = new GroupsSeen()
    this.#hasValidation = this.#split.validation.some((item) => item >= 0)
    this.#state = this.#model.init(new SeededRandom({ seed: configuration.seed, purpose: 'initialise' }))
    this.#encoded = encodeRelease(this.#task, this.#model, this.#state, 0)
  }

  async run(onRound: (progress: Progress) => void, wire?: WireTransportFactory): Promise<SimulationResult> {
    const began = performance.now()
    const trainers = new Trainers(this.#split, this.#modelSetup(), this.#configuration.workers)
    let transport: Transport | undefined
    try {
      const suite = new SharedSuite(await platformSuite(), (masks, length) => trainers.masks(masks, length))
      const backends = this.#backends ?? secureSums({ suite: async () => suite })
      transport = await this.#transport(trainers, backends, wire)
      await transport.publish(this.#encoded, this.#state)
      const engine = new RoundEngine(this.#limits, backends)
      for (let round = 1; round <= this.#configuration.rounds; round++) {
        onRound(await this.#round(round, { engine, transport, trainers, backends }))
        suite.forget()
      }
      return await this.#result(trainers, began)
    } finally {
      await Promise.allSettled([transport?.close(), trainers.close()])
    }
  }

  async #transport(
    trainers: Trainers,
    backends: SumBackends,
    wire: WireTransportFactory | undefined,
  ): Promise<Transport> {
    const configuration = this.#configuration
    const { transport, secureSum, seed } = configuration
    if (transport === 'memory') {
      return secureSum === 'plain'
        ? new MemoryTransport(trainers, seed)
        : new DeviceTransport(trainers, backends, seed)
    }
    if (!wire) throw new Error('a simulation on the wire needs its transport')
    return wire({ task: this.#task, catalogue: this.#dataset.catalogue, split: this.#split, configuration })
  }

  async #round(round: number, { engine, transport, trainers, backends }: RoundMeans): Promise<Progress> {
    const { seed, rounds, cohort: size } = this.#configuration
    const chosen = new Draws(new SeededRandom({ seed, round, purpose: 'cohort' })).sample(
      this.#trainable,
      size,
    )
    const cohort = chosen.toSorted((a, b) => a - b).map(deviceName)
    const plan = makePlan(this.#task, this.#model, this.#limits, {
      number: round,
      roundId: seededRoundId(seed, round),
      modelHash: this.#encoded.manifest.hash,
      invited: cohort.length,
    })
    this.#uploadBytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
    this.#groups.planned(plan, cohort.length)
    await transport.ready(plan, cohort)
    const scheduled = new ScheduledRound(engine, transport, {
      plan,
      manifest: `/v1/tasks/${this.#task.name}/model`,
      cohort,
      answersTo: (heard) => backends(plan.secureSum).answersTo(heard),
      overhear: (message) => this.#groups.overhear(message),
      behaviour: (device) => behaviourOf(this.#configuration, round, deviceNumber(device)),
      release: async (sums, survivors) => {
        const release = makeRelease(this.#task, this.#model, this.#state, plan, sums, survivors.length)
        this.#state = release.state
        this.#encoded = release.encoded
        await transport.publish(release.encoded, release.state)
        return release.encoded.manifest.hash
      },
    })
    const outcome = await scheduled.run()
    this.#virtualMs += scheduled.tookMs
    if (!outcome.released) {
      this.#aborted[outcome.reason] = (this.#aborted[outcome.reason] ?? 0) + 1
      return { round, rounds, outcome: 'aborted', devices: 0, point: undefined }
    }
    this.#released++
    this.#clientUpdates += outcome.survivors.length
    const point = await this.#evaluate(round, trainers)
    return { round, rounds, outcome: 'released', devices: outcome.survivors.length, point }
  }

  async #evaluate(round: number, trainers: Trainers): Promise<CurvePoint> {
    const began = performance.now()
    const { model } = this.#state
    const [validation, test] = await Promise.all([
      trainers.ranks(model, 'validation', 'sampled'),
      trainers.ranks(model, 'test', 'sampled'),
    ])
    const point = { round, validation: rankingMetrics(validation), test: rankingMetrics(test) }
    this.#curve.push(point)
    // Without validation items there is nothing to choose by: the last round is as good as any.
    const chosen = !this.#best || !this.#hasValidation || isBetter(point, this.#best.point)
    if (chosen) this.#best = { point, state: this.#state }
    this.#evaluationMs += performance.now() - began
    return point
  }

  async #result(trainers: Trainers, began: number): Promise<SimulationResult> {
    const evaluating = performance.now()
    const best = this.#best
    const full = best && rankingMetrics(await trainers.ranks(best.state.model, 'test', 'full'))
    const now = performance.now()
    this.#evaluationMs += now - evaluating
    const wallMs = now - began
    const trainingSeconds = (wallMs - this.#evaluationMs) / 1000
    const aborted = Object.values(this.#aborted).reduce((sum, count) => sum + count, 0)
    const { configuration, dataset } = { configuration: this.#configuration, dataset: this.#dataset }
    return {
      schema: 1,
      model: this.#model.name,
      settings: this.#model.settings,
      data: {
        name: dataset.name,
        users: dataset.devices.length,
        items: dataset.catalogue.length,
        interactions: dataset.interactions,
      },
      protocol: this.#split.protocol,
      seed: configuration.seed,
      transport: configuration.transport,
      workers: configuration.workers,
      rounds: { released: this.#released, aborted, abortedByReason: this.#aborted },
      participation: configuration.cohort / this.#trainable.length,
      clientUpdates: this.#clientUpdates,
      metrics: {
        sampled: best?.point.test ?? null,
        full: full ?? null,
        bestRound: best?.point.round ?? 0,
        devices: this.#split.test.filter((item) => item >= 0).length,
      },
      curve: this.#curve,
      modelHash: this.#encoded.manifest.hash,
      uploadBytesPerDevice: this.#uploadBytes,
      downloadBytesPerDevice: downloadBytes(this.#encoded),
      virtualMs: Math.round(this.#virtualMs),
      wallMs: Math.round(wallMs),
      evaluationMs: Math.round(this.#evaluationMs),
      clientUpdatesPerSecond: Math.round(this.#clientUpdates / trainingSeconds),
      secureSum: { backend: configuration.secureSum, ...this.#groups.figures },
      privacy: null,
    }
  }

  /** Bytes of a packed vector at its largest, whatever modulus a round needs. */
  #vectorBytes(): number {
    const rows = Math.min(this.#task.blockRows, this.#task.catalogue.items)
    return packedLength(layoutSize(withMetrics(this.#model.layout({ from: 0, to: rows }))), 32)
  }

  #modelSetup(): { name: string; task: ModelTask } {
    const { model: name, population, share, settings, catalogue } = this.#task
    return { name, task: { items: catalogue.items, population, share, settings } }
  }
}

/** What rounds of one run share. */
interface RoundMeans {
  readonly engine: RoundEngine
  readonly transport: Transport
  readonly trainers: Trainers
  readonly backends: SumBackends
}

/** @throws TACIT_DATA_EMPTY when there is nothing to train on, or nothing to measure with */
function checkUsable(dataset: Dataset, split: Split, trainable: number): void {
  const empty = (problem: string) => new TacitError('TACIT_DATA_EMPTY', { file: dataset.name, problem })
  if (trainable < 2) throw empty(`it has ${trainable} device to train on, and a sum needs two`)
  if (!split.test.some((item) => item >= 0)) {
    throw empty('no device has a test item: histories of at least three distinct items are needed')
  }
}

function isBetter(point: CurvePoint, than: CurvePoint): boolean {
  return point.validation['ndcg@10'] > than.validation['ndcg@10']
}

/** A round's id in a simulation: drawn from the seed, so that runs can be compared byte for byte. */
function seededRoundId(seed: number, round: number): string {
  const draws = new Draws(new SeededRandom({ seed, round, purpose: 'round-id' }))
  return Array.from({ length: 4 }, () => draws.word().toString(16).padStart(8, '0')).join('')
}

function downloadBytes(encoded: EncodedModel): number {
  const manifest = utf8ToBytes(JSON.stringify(encoded.manifest)).length
  return encoded.manifest.parts.reduce((sum, part) => sum + part.bytes, manifest)
}
