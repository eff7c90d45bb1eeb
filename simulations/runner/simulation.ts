import { makePlan, RoundEngine, type RoundLimits } from '@tacit/coordinator/round'
import { clipOf, encodeRelease, makeRelease, type TaskDefinition } from '@tacit/coordinator/task'
import { platformSuite } from '@tacit/shared/crypto'
import { TacitError } from '@tacit/shared/errors'
import type { EncodedModel, Model, ModelState, ModelTask } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SeededRandom } from '@tacit/shared/random'
import { type SumBackends, secureSums } from '@tacit/shared/secagg'
import { layoutSize, packedLength, type RoundMetrics } from '@tacit/shared/update'
import { type AnyDataset, type AnySplit, idsOf, type Split, sampledSplit, splitAny } from '../data/index.js'
import { type RoundMetrics as EvaluatedRound, Evaluator, isBetter } from '../evaluate/index.js'
import { expectedMembers, Population, type RoundStart, roundPopulation } from '../population/index.js'
import { BufferedRounds, type BufferedSettings } from './buffered-rounds.js'
import { checkUsable } from './check-usable.js'
import type { BestRound, Checkpoint } from './checkpoint.js'
import { clippedEstimate } from './clipped-estimate.js'
import { Coins } from './coins.js'
import type { SimulationConfiguration } from './configuration.js'
import { deviceName, deviceNumber } from './device-names.js'
import { DeviceTransport } from './device-transport.js'
import { GroupsSeen, requireParameters } from './groups-seen.js'
import { MemoryTransport } from './memory-transport.js'
import {
  backToBest,
  keepTrained,
  keptIsBest,
  type PersonalStates,
  personalStates,
  restoreStates,
  statesIn,
} from './personal-states.js'
import { PrivacyLedger, type PrivacyResult, privacyResult, type SimulatedPrivacy } from './privacy.js'
import { federatedOf, type RoundRecord } from './record.js'
import type { SimulationResult } from './result.js'
import { downloadBytes, resultOf } from './result-of.js'
import { seededRoundId } from './round-id.js'
import { ScheduledRound } from './scheduled-round.js'
import { SharedSuite } from './shared-suite.js'
import { simulatedTask } from './simulated-task.js'
import type { RunHooks, SimulationOptions, WireTransportFactory } from './simulation-options.js'
import { addSummedNoise } from './summed-noise.js'
import { Trainers } from './trainers.js'
import type { Transport } from './transport.js'
import { historyLengthOf } from './worker-data.js'

/** Whose draws are the coordinator's: no device has this number. */
const NO_DEVICE = 2 ** 32 - 1

/**
 * Federated training of a data set under the evaluation protocol of its split, in virtual time.
 *
 * @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID, TACIT_MODULUS_TOO_LARGE,
 * TACIT_SECAGG_NO_PARAMETERS, and what Population throws
 */
export class Simulation {
  readonly #dataset: AnyDataset
  readonly #configuration: SimulationConfiguration
  readonly #backends: SumBackends | undefined
  readonly #split: AnySplit
  /** The part of it that models are measured on. */
  readonly #asked: Split
  /** Devices that train: the first of them all. */
  readonly #trainable: number
  readonly #population: Population
  readonly #limits: RoundLimits
  readonly #hasValidation: boolean
  readonly #task: TaskDefinition
  readonly #ledger: PrivacyLedger | undefined
  readonly #coins: Coins | undefined
  readonly #model: Model
  readonly #groups: GroupsSeen
  readonly #personal: PersonalStates | undefined
  readonly #buffered: BufferedRounds | undefined
  readonly #records: RoundRecord[]
  /** Wall time that sittings before this one took. */
  readonly #earlierMs: number
  #state: ModelState
  #encoded: EncodedModel
  #best: Omit<BestRound, 'personal'> | undefined
  #uploadBytes = 0
  #evaluationMs: number

  constructor(dataset: AnyDataset, configuration: SimulationConfiguration, options: SimulationOptions = {}) {
    this.#dataset = dataset
    this.#backends = options.backends
    const { seed, protocol } = configuration
    this.#split = splitAny(dataset, { ...protocol, seed })
    this.#asked = sampledSplit(this.#split, seed, protocol?.evaluate)
    const last = this.#split.evaluationOnlyFrom ?? this.#split.devices
    this.#trainable = last
    // A split may leave out devices of the data.
    this.#configuration = { ...configuration, cohort: Math.min(configuration.cohort, last) }
    checkUsable(dataset, this.#asked, last)
    const { privacy } = this.#configuration
    const simulated = simulatedTask(this.#configuration, dataset.catalogue, last)
    this.#task = simulated.task
    this.#model = simulated.model
    this.#limits = simulated.limits
    if (privacy) this.#ledger = new PrivacyLedger(privacy)
    this.#population = populationOf(this.#configuration, this.#split, last)
    const { expectedDropout: dropout } = this.#population
    const members = expectedMembers({ cohort: this.#configuration.cohort, dropout })
    requireParameters(this.#task, members, this.#limits.largestGroup)
    if (privacy?.cohorts === 'coins') this.#coins = this.#flippedCoins(privacy, options.from?.records ?? [])
    this.#hasValidation = this.#asked.validation.devices.length > 0
    this.#personal = personalStates(this.#model, this.#split)
    const { from } = options
    this.#groups = new GroupsSeen(from?.groups)
    this.#records = [...(from?.records ?? [])]
    this.#earlierMs = this.#records.at(-1)?.wallMs ?? 0
    this.#evaluationMs = this.#records.at(-1)?.evaluationMs ?? 0
    this.#best = from?.best && { record: from.best.record, state: from.best.state }
    const counted = this.#records.findLast(({ devices }) => devices > 0)
    this.#uploadBytes = counted ? counted.uploadBytes / counted.devices : 0
    if (this.#personal && from?.personal) {
      restoreStates(this.#personal, from.personal, from.best?.personal)
    }
    this.#state =
      from?.state ?? this.#model.init(new SeededRandom({ seed: configuration.seed, purpose: 'initialise' }))
    this.#encoded = encodeRelease(this.#task, this.#model, this.#state, this.#lastReleased)
    this.#buffered = this.#configuration.buffered && this.#bufferedRounds(this.#configuration.buffered, from)
  }

  /** Every setting of the model, with the value in force. */
  get settings(): Readonly<Record<string, number>> {
    return this.#model.settings
  }

  /** A state of this run's as devices download it. @param round of its release, 0 for the initial one */
  encode(state: ModelState, round: number): EncodedModel {
    return encodeRelease(this.#task, this.#model, state, round)
  }

  /** @throws TACIT_RUN_INTERRUPTED when the signal is aborted before the last round */
  async run(hooks: RunHooks = {}): Promise<SimulationResult> {
    const { rounds, workers } = this.#configuration
    const began = performance.now()
    const data = { split: this.#split, asked: this.#asked }
    const trainers = new Trainers(data, this.#modelSetup(), workers, this.#personal)
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

  /** Personal states are copied when somebody reads them: not every checkpoint is written. */
  #checkpoint(): Checkpoint {
    const personal = this.#personal
    const best = this.#best
    return {
      records: this.#records,
      state: this.#state,
      best: best && {
        ...best,
        get personal() {
          return personal && statesIn(personal, personal.best)
        },
      },
      get personal() {
        return personal && statesIn(personal, personal.kept)
      },
      groups: this.#groups.figures,
      ...(this.#buffered && { older: this.#buffered.older }),
    }
  }

  async #transport(
    trainers: Trainers,
    backends: SumBackends,
    wire: WireTransportFactory | undefined,
  ): Promise<Transport> {
    const configuration = this.#configuration
    const { transport, secureSum, seed, privacy } = configuration
    const loses = this.#population.expectedDropout > 0
    if (transport === 'memory') {
      return secureSum === 'plain'
        ? new MemoryTransport(trainers, { seed, summedNoise: privacy?.summedNoise ?? false, loses })
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
    const start = this.#start(round)
    const cohort = start.cohort.map(deviceName)
    const plan = makePlan(this.#task, this.#model, this.#limits, {
      number: round,
      roundId: seededRoundId(this.#configuration.seed, round),
      modelHash: this.#encoded.manifest.hash,
      invited: cohort.length,
      clip: clipOf(this.#task, this.#state),
    })
    this.#uploadBytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
    this.#groups.planned(plan, cohort.length)
    const buffered = this.#buffered
    await transport.ready(plan, cohort, buffered && ((device) => buffered.basisOf(device)))
    let reported: RoundMetrics | undefined
    let clipped: number | undefined
    const bytes = { upload: this.#uploadBytes, download: downloadBytes(this.#encoded) }
    const drawn = this.#population.behaviours(start, bytes)
    const behaviour = buffered ? (device: number) => buffered.inRound(drawn(device)) : drawn
    const scheduled = new ScheduledRound(engine, transport, {
      plan,
      manifest: `/v1/tasks/${this.#task.name}/model`,
      cohort,
      answersTo: (heard) => backends(plan.secureSum).answersTo(heard),
      overhear: (message) => this.#groups.overhear(message),
      behaviour: (device) => behaviour(deviceNumber(device)),
      release: async (sums, survivors) => {
        const { seed } = this.#configuration
        const drawn = new SeededRandom({ seed, round, device: NO_DEVICE, purpose: 'noise' })
        const { summedNoise } = this.#configuration.privacy ?? {}
        // What the coordinator adds is to be independent of what stands for the devices' noise.
        const noise = summedNoise ? addSummedNoise(plan, sums, survivors.length, drawn) : drawn
        const sum = { plan, sums, survivors: survivors.length, noise }
        const release = makeRelease(this.#task, this.#model, this.#state, sum)
        this.#state = release.state
        this.#encoded = release.encoded
        reported = release.metrics
        if (plan.privacy) clipped = clippedEstimate(this.#task, plan, release.reported, survivors.length)
        await transport.publish(release.encoded, release.state)
        return release.encoded.manifest.hash
      },
    })
    const outcome = await scheduled.run()
    const survivors = outcome.released ? outcome.survivors : []
    const devices = survivors.length
    const counted = survivors.map(deviceNumber)
    if (this.#personal) keepTrained(this.#personal, counted)
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
      downloadBytes: cohort.length * bytes.download,
      virtualMs: start.atMs + scheduled.tookMs,
      population: roundPopulation(this.#population, start, {
        fates: scheduled.fates.values(),
        counted,
      }),
      ...(scheduled.charged &&
        this.#ledger && { privacy: this.#spent(this.#ledger, plan, devices, clipped) }),
      ...(buffered && { staleness: buffered.staleness }),
      wallMs: this.#earlierMs + performance.now() - began,
      evaluationMs: this.#evaluationMs,
    }
    buffered?.ended(record)
    if (measured) this.#judge(record)
    return record
  }

  /** @throws TACIT_DEVICES_UNAVAILABLE */
  #start(round: number): RoundStart {
    const last = this.#records.at(-1)
    if (this.#buffered) return this.#buffered.start(round, this.#state.model, last?.virtualMs ?? 0)
    const from = last ? this.#population.nextAt(last.population.startMs, last.virtualMs) : 0
    const coins = this.#coins
    if (coins) return this.#population.startWith(round, from, (there) => coins.winners(round, there))
    return this.#population.start(round, from, this.#configuration.cohort)
  }

  /** The coins of this run, those of the rounds before a resumption flipped again. */
  #flippedCoins({ participations }: SimulatedPrivacy, records: readonly RoundRecord[]): Coins {
    const { population: devices, share: sampling } = this.#task
    const coins = new Coins({ seed: this.#configuration.seed, devices, sampling, participations })
    for (const { round, population } of records) {
      this.#population.startWith(round, population.startMs, (there) => coins.winners(round, there))
    }
    return coins
  }

  #spent(ledger: PrivacyLedger, plan: RoundPlan, devices: number, clipped: number | undefined) {
    const charged = this.#records.filter((record) => record.privacy).length + 1
    return ledger.record(plan, charged, devices, clipped)
  }

  #bufferedRounds(settings: BufferedSettings, from: Checkpoint | undefined): BufferedRounds {
    const { seed, cohort: buffer, transport } = this.#configuration
    if (transport === 'wire') {
      const problem = 'devices on the wire train from the newest model: take the transport in memory'
      throw new TacitError('TACIT_CONFIG_INVALID', { path: 'mode', problem })
    }
    // Of the parts alone: the manifest's length changes with the digits of what it says.
    const bytes = this.#encoded.manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
    return new BufferedRounds({
      ...settings,
      seed,
      buffer,
      population: this.#population,
      downloadBytes: bytes,
      records: this.#records,
      older: from?.older ?? [],
    })
  }

  async #evaluate(trainers: Trainers): Promise<EvaluatedRound> {
    const began = performance.now()
    const evaluator = new Evaluator(this.#asked, (questions) => trainers.ask(questions))
    const measured = await evaluator.round(this.#state.model)
    this.#evaluationMs += performance.now() - began
    return measured
  }

  #judge(record: RoundRecord): void {
    const { chosenBy } = this.#asked.protocol
    // Without validation items there is nothing to choose by: the last round is as good as any.
    const chosen = !this.#best || !this.#hasValidation || isBetter(record, this.#best.record, chosenBy)
    if (!chosen) return
    this.#best = { record, state: this.#state }
    if (this.#personal) keptIsBest(this.#personal)
  }

  async #result(trainers: Trainers, began: number): Promise<SimulationResult> {
    const evaluating = performance.now()
    const best = this.#best
    // What devices are now makes room for what they were then. Whoever trains on for a round that was aborted leaves that alone.
    if (best && this.#personal) backToBest(this.#personal)
    const evaluator = new Evaluator(this.#asked, (questions) => trainers.ask(questions))
    const measured = best && (await evaluator.final(best.state.model))
    const now = performance.now()
    this.#evaluationMs += now - evaluating
    return resultOf({
      configuration: this.#configuration,
      dataset: this.#dataset,
      asked: this.#asked,
      model: this.#model,
      records: this.#records,
      best: best?.record,
      measured,
      encoded: this.#encoded,
      uploadBytesPerDevice: this.#uploadBytes,
      trainable: this.#trainable,
      wallMs: this.#earlierMs + now - began,
      evaluationMs: this.#evaluationMs,
      groups: this.#groups.figures,
      privacy: this.#privacyResult(),
    })
  }

  #privacyResult(): PrivacyResult | null {
    const { privacy } = this.#configuration
    return privacy ? privacyResult(privacy, this.#task.privacy!, this.#records) : null
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

function populationOf(configuration: SimulationConfiguration, split: AnySplit, training: number): Population {
  const historyLength = historyLengthOf(split)
  return new Population(configuration, { ids: () => idsOf(split), training, historyLength })
}
