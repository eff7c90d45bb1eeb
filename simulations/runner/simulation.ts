import { makePlan, RoundEngine, type RoundLimits } from '@tacit/coordinator/round'
import {
  catalogueReference,
  encodeRelease,
  makeRelease,
  modelOf,
  TASK_DEFAULTS,
  type TaskDefinition,
} from '@tacit/coordinator/task'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import type { EncodedModel, Model, ModelState, ModelTask } from '@tacit/shared/model'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { type SumBackends, secureSums } from '@tacit/shared/secagg'
import { layoutSize, packedLength, type RoundMetrics, withMetrics } from '@tacit/shared/update'
import { type Dataset, type Split, splitDataset } from '../data/index.js'
import { rankingMetrics } from '../evaluate/index.js'
import type { BestRound, Checkpoint } from './checkpoint.js'
import { SIMULATED_MASKING, type SimulationConfiguration, simulatedLimits } from './configuration.js'
import { deviceName, deviceNumber } from './device-names.js'
import { DeviceTransport } from './device-transport.js'
import { GroupsSeen, requireParameters } from './groups-seen.js'
import { MemoryTransport } from './memory-transport.js'
import { type PersonalStates, personalStates } from './personal-states.js'
import { behaviourOf, expectedMembers } from './population.js'
import type { FederatedMetrics, RoundRecord } from './record.js'
import type { CurvePoint, SimulationResult } from './result.js'
import { downloadBytes, resultOf } from './result-of.js'
import { ScheduledRound } from './scheduled-round.js'
import { SharedSuite } from './shared-suite.js'
import { Trainers } from './trainers.js'
import type { Transport } from './transport.js'

export interface RunHooks {
  /** Told of every round, and of how many there will be. */
  readonly onRound?: (record: RoundRecord, rounds: number) => void
  /** Given what is needed to go on after every round; the next one waits for it. */
  readonly keep?: (checkpoint: Checkpoint) => Promise<void> | void
  /** Once aborted, no further round begins. */
  readonly signal?: AbortSignal
  readonly wire?: WireTransportFactory
}

export interface SimulationOptions {
  readonly backends?: SumBackends
  /** Where a run of the same configuration and data goes on from. */
  readonly from?: Checkpoint
}

/** Makes the transport on which devices are real: it needs parts that a simulation in memory does not. */
export type WireTransportFactory = (setup: WireSetup) => Promise<Transport>

export interface WireSetup {
  readonly personal: PersonalStates | undefined

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
  readonly #personal: PersonalStates | undefined
  readonly #records: RoundRecord[]
  /** Wall time that sittings before this one took. */
  readonly #earlierMs: number
  #state: ModelState
  #encoded: EncodedModel
  #best: BestRound | undefined
  #uploadBytes = 0
  #evaluationMs: number

  constructor(dataset: Dataset, configuration: SimulationConfiguration, options: SimulationOptions = {}) {
    this.#dataset = dataset
    this.#configuration = configuration
    this.#backends = options.backends
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
    this.#hasValidation = this.#split.validation.some((item) => item >= 0)
    this.#personal = personalStates(this.#model, this.#split)
    const { from } = options
    this.#groups = new GroupsSeen(from?.groups)
    this.#records = [...(from?.records ?? [])]
    this.#earlierMs = this.#records.at(-1)?.wallMs ?? 0
    this.#evaluationMs = this.#records.at(-1)?.evaluationMs ?? 0
    this.#best = from?.best
    const counted = this.#records.findLast(({ devices }) => devices > 0)
    this.#uploadBytes = counted ? counted.uploadBytes / counted.devices : 0
    if (from?.personal) this.#personal?.kept.set(from.personal)
    this.#state =
      from?.state ?? this.#model.init(new SeededRandom({ seed: configuration.seed, purpose: 'initialise' }))
    this.#encoded = encodeRelease(this.#task, this.#model, this.#state, this.#lastReleased)
  }

  /** @throws TACIT_RUN_INTERRUPTED when the signal is aborted before the last round */
  async run(hooks: RunHooks = {}): Promise<SimulationResult> {
    const { rounds, workers } = this.#configuration
    const began = performance.now()
    const trainers = new Trainers(this.#split, this.#modelSetup(), workers, this.#personal)
    let transport: Transport | undefined
    try {
      const suite = new SharedSuite(await platformSuite(), (masks, length) => trainers.masks(masks, length))
      const backends = this.#backends ?? secureSums({ suite: async () => suite })
      transport = await this.#transport(trainers, backends, hooks.wire)
      await transport.publish(this.#encoded, this.#state)
      const means = { engine: new RoundEngine(this.#limits, backends), transport, trainers, backends, began }
      for (let round = this.#records.length + 1; round <= rounds; round++) {
        if (hooks.signal?.aborted) throw new TacitError('TACIT_RUN_INTERRUPTED', { round: round - 1, rounds })
        const record = await this.#round(round, means)
        this.#records.push(record)
        suite.forget()
        hooks.onRound?.(record, rounds)
        await hooks.keep?.(this.#checkpoint())
      }
      return await this.#result(trainers, began)
    } finally {
      await Promise.allSettled([transport?.close(), trainers.close()])
    }
  }

  get #lastReleased(): number {
    return this.#records.findLast(({ outcome }) => outcome === 'released')?.round ?? 0
  }

  #checkpoint(): Checkpoint {
    return {
      records: this.#records,
      state: this.#state,
      best: this.#best,
      personal: this.#personal?.kept,
      groups: this.#groups.figures,
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
    return wire({
      task: this.#task,
      catalogue: this.#dataset.catalogue,
      split: this.#split,
      configuration,
      personal: this.#personal,
    })
  }

  async #round(round: number, means: RoundMeans): Promise<RoundRecord> {
    const { engine, transport, trainers, backends, began } = means
    const { seed, cohort: size } = this.#configuration
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
    let reported: RoundMetrics | undefined
    const invitedBytes = cohort.length * downloadBytes(this.#encoded)
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
        reported = release.metrics
        await transport.publish(release.encoded, release.state)
        return release.encoded.manifest.hash
      },
    })
    const outcome = await scheduled.run()
    const devices = outcome.released ? outcome.survivors.length : 0
    const measured = outcome.released ? await this.#evaluate(trainers) : undefined
    const record: RoundRecord = {
      round,
      ...(outcome.released ? { outcome: 'released' } : { outcome: 'aborted', reason: outcome.reason }),
      cohort: cohort.length,
      devices,
      validation: measured?.validation ?? null,
      test: measured?.test ?? null,
      federated: reported ? federatedOf(reported) : null,
      clippedShare: reported?.clippedShare ?? {},
      uploadBytes: devices * this.#uploadBytes,
      downloadBytes: invitedBytes,
      virtualMs: (this.#records.at(-1)?.virtualMs ?? 0) + scheduled.tookMs,
      wallMs: this.#earlierMs + performance.now() - began,
      evaluationMs: this.#evaluationMs,
    }
    if (measured) this.#judge(record)
    return record
  }

  async #evaluate(trainers: Trainers): Promise<Pick<CurvePoint, 'validation' | 'test'>> {
    const began = performance.now()
    const { model } = this.#state
    const [validation, test] = await Promise.all([
      trainers.ranks(model, 'validation', 'sampled'),
      trainers.ranks(model, 'test', 'sampled'),
    ])
    this.#evaluationMs += performance.now() - began
    return { validation: rankingMetrics(validation), test: rankingMetrics(test) }
  }

  #judge(record: RoundRecord): void {
    // Without validation items there is nothing to choose by: the last round is as good as any.
    const chosen = !this.#best || !this.#hasValidation || isBetter(record, this.#best.record)
    if (chosen) this.#best = { record, state: this.#state, personal: this.#personal?.kept.slice() }
  }

  async #result(trainers: Trainers, began: number): Promise<SimulationResult> {
    const evaluating = performance.now()
    const best = this.#best
    // Nobody trains any more: what devices are now makes room for what they were then.
    if (best?.personal) this.#personal?.kept.set(best.personal)
    const full = best && rankingMetrics(await trainers.ranks(best.state.model, 'test', 'full'))
    const now = performance.now()
    this.#evaluationMs += now - evaluating
    return resultOf({
      configuration: this.#configuration,
      dataset: this.#dataset,
      split: this.#split,
      model: this.#model,
      records: this.#records,
      best: best?.record,
      full,
      encoded: this.#encoded,
      uploadBytesPerDevice: this.#uploadBytes,
      trainable: this.#trainable.length,
      wallMs: this.#earlierMs + now - began,
      evaluationMs: this.#evaluationMs,
      groups: this.#groups.figures,
    })
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
  /** When this sitting began. */
  readonly began: number
}

/** @throws TACIT_DATA_EMPTY when there is nothing to train on, or nothing to measure with */
function checkUsable(dataset: Dataset, split: Split, trainable: number): void {
  const empty = (problem: string) => new TacitError('TACIT_DATA_EMPTY', { file: dataset.name, problem })
  if (trainable < 2) throw empty(`it has ${trainable} device to train on, and a sum needs two`)
  if (!split.test.some((item) => item >= 0)) {
    throw empty('no device has a test item: histories of at least three distinct items are needed')
  }
}

function isBetter(record: RoundRecord, than: RoundRecord): boolean {
  return record.validation!['ndcg@10'] > than.validation!['ndcg@10']
}

function federatedOf({ evaluated, 'hr@10': hr, 'ndcg@10': ndcg }: RoundMetrics): FederatedMetrics {
  return { evaluated, 'hr@10': hr, 'ndcg@10': ndcg }
}

/** A round's id in a simulation: drawn from the seed, so that runs can be compared byte for byte. */
function seededRoundId(seed: number, round: number): string {
  const draws = new Draws(new SeededRandom({ seed, round, purpose: 'round-id' }))
  return Array.from({ length: 4 }, () => draws.word().toString(16).padStart(8, '0')).join('')
}
