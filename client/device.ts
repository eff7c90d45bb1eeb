import { bytesToHex } from '@tacit/shared/bytes'
import { CLOCK_SKEW_MS, verifyCredential } from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { type ErrorCode, isErrorCode, TacitError } from '@tacit/shared/errors'
import { type Manifest, makeModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import { type DeviceSums, deviceSums, type MaskedEnvironment, type OwnSide } from '@tacit/shared/secagg'
import type { Catalogue } from './catalogue.js'
import { Connection } from './connection.js'
import type { DeviceEvent, DeviceOptions, Outgoing, Platform, Recommendation } from './device-types.js'
import { trainInline } from './executor.js'
import { DEFAULT_LIMITS, type DeviceLimits } from './guard.js'
import type { TrainingHistory } from './history.js'
import { Ledger, type PrivacySpent } from './ledger/index.js'
import { type FetchedModel, ModelSource } from './model-source.js'
import { Participant } from './participant.js'
import type { ParticipantEffect, ParticipantEvent } from './participant-types.js'
import { MemoryPersonalStore, type PersonalStore, personalContext, personalKey } from './personal-state.js'
import { honestWanted } from './privacy-guard.js'
import { recommend } from './recommend.js'
import { Trainer } from './trainer.js'
import { sendVector } from './vector-sender.js'

const DEADLINES = {
  roundDeadlineMs: 10 * 60 * 1000,
  welcomeDeadlineMs: 15_000,
  silenceDeadlineMs: 10 * 60 * 1000,
}
const BACKOFF = { firstMs: 250, longestMs: 30_000 }

/** Complaints about what this device said in its round: it leaves, lest it say the same again. */
const BLAMING: ReadonlySet<string> = new Set<ErrorCode>([
  'TACIT_MESSAGE_INVALID',
  'TACIT_MESSAGE_TOO_LARGE',
  'TACIT_FRAME_INVALID',
  'TACIT_OUT_OF_PHASE',
  'TACIT_DUPLICATE_MESSAGE',
  'TACIT_VECTOR_SIZE',
  'TACIT_VECTOR_PADDING',
])

/**
 * One shopper's device: stays in touch with the coordinator, takes part in rounds that its guard lets
 * through, and recommends from its own history. Carries out what its {@link Participant} decides.
 */
export class Device {
  readonly name: string
  readonly #options: DeviceOptions
  readonly #platform: Platform
  readonly #connection: Connection
  readonly #participant: Participant
  readonly #limits: DeviceLimits
  readonly #models: ModelSource
  readonly #trainer: Trainer
  readonly #ledger: Ledger
  readonly #timers = new Map<string, () => void>()
  #secure: SecureRandom | undefined
  #catalogue: Catalogue | undefined
  /** Hash of the catalogue that the history's rows are of. */
  #adopted: string | undefined
  #newest: FetchedModel | undefined
  readonly #personal: PersonalStore
  #endUpload: () => void = () => {}
  /** Between `start` and `stop`. */
  #wanted = false

  /** @throws TACIT_CONFIG_INVALID when `url` is not an http address, or a limit of privacy is none */
  constructor(options: DeviceOptions, platform: Platform) {
    this.#options = options
    this.#platform = platform
    const url = socketAddress(options.url)
    this.name = options.device ?? `device-${bytesToHex(new SecureRandom().bytes(8))}`
    this.#models = options.models ?? new ModelSource({ url: options.url, ...platform })
    this.#personal = options.personal ?? new MemoryPersonalStore()
    const deadlines = { ...DEADLINES, ...options.deadlines }
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits, task: options.task }
    this.#ledger = new Ledger({ limits: this.#limits.privacy, store: options.ledger, now: platform.now })
    this.#trainer = new Trainer({
      models: this.#limits.models,
      personal: this.#personal,
      train: options.train ?? trainInline,
      historyFor: (plan) => this.#historyFor(plan),
      randomFor: options.randomFor ?? (() => this.#secureRandom()),
      warn: ({ code, message }) => this.#emit({ type: 'warning', code, message }),
    })
    this.#participant = new Participant({
      limits: this.#limits,
      roundDeadlineMs: deadlines.roundDeadlineMs,
      own: (plan) => this.#ownSide(plan),
      checkBudget: (plan) => this.#ledger.check(plan),
      coin: options.coin ?? ((plan) => this.#ledger.coin(plan)),
      sums: options.sums ?? sumsTrusting(options, platform.now),
    })
    this.#connection = new Connection({
      url,
      task: options.task,
      device: this.name,
      ...platform,
      backoff: options.backoff ?? BACKOFF,
      ...deadlines,
      handlers: {
        connected: (resumed) => {
          this.#emit({ type: 'connected', resumed })
          this.#handle({ type: 'connected', resumed })
          if (!resumed) void this.#hearRound()
        },
        message: (message) => this.#handle({ type: 'message', message }),
        disconnected: () => {
          this.#endUpload()
          this.#handle({ type: 'disconnected' })
          this.#emit({ type: 'disconnected' })
        },
        error: (code, message) => {
          if (BLAMING.has(code) && isErrorCode(code)) this.#handle({ type: 'abandon', code })
          this.#emit({ type: 'error', code, message })
        },
        waiting: (forMs) => this.#emit({ type: 'waiting', forMs }),
        stopped: (code) => {
          this.#handle({ type: 'abandon', code })
          this.#emit({ type: 'stopped', code })
        },
      },
    })
  }

  start(): void {
    this.#wanted = true
    if (this.#ledger.isOpen) this.#connection.start()
    else void this.#startWithLedger()
  }

  /** Leaves the round, if there is one, and disconnects. */
  stop(): void {
    this.#wanted = false
    this.#handle({ type: 'abandon', code: 'TACIT_SHUTTING_DOWN' })
    this.#connection.stop()
  }

  /**
   * Deletes the personal state that models have made from the history, also what a round under way has made of it.
   * To be called with whatever deletes events or changes the shopper. The ledger stays: what was told cannot be taken
   * back, and a page that could clear it could spend the budget again.
   */
  forget(): void {
    this.#trainer.forget()
  }

  /**
   * What the device has spent of its privacy, by its own record: for a data panel.
   * @throws TACIT_LEDGER_UNUSABLE
   */
  privacy(): Promise<PrivacySpent> {
    return this.#ledger.spent()
  }

  /**
   * The best `count` items for this device's history, by the task's newest model; by the one last fetched
   * when the coordinator cannot be reached.
   * @throws TACIT_MODEL_UNAVAILABLE when there never was a model, TACIT_MODEL_UNKNOWN, TACIT_MODEL_HASH, TACIT_MODEL_INVALID
   */
  async recommend({ count }: { count: number }): Promise<Recommendation[]> {
    const { manifest, tensors } = await this.#newestModel()
    const catalogue = await this.#fetchCatalogue(manifest.catalogue.hash)
    this.#adopt(catalogue)
    const { items } = catalogue
    // Population and share concern the coordinator's step alone.
    const model = makeModel(this.#limits.models, manifest.model.name, {
      items,
      population: 1,
      share: 1,
      settings: manifest.model.settings,
    })
    const rows = this.#options.history.rows()
    const key = personalKey(model, manifest.catalogue.hash)
    const context = personalContext(model, rows.length, this.#personal, key)
    const ranked = recommend(model, tensors, rows, { items, count, context })
    return ranked.map(({ row, score }) => ({ item: catalogue.ids[row]!, score }))
  }

  /** Coins and limits follow from the ledger: the first invite may come at once. */
  async #startWithLedger(): Promise<void> {
    await this.#ledger.open().catch((thrown: unknown) => {
      const { code, message } = asTacit(thrown, 'TACIT_INTERNAL')
      this.#emit({ type: 'warning', code, message })
    })
    if (this.#wanted) this.#connection.start()
  }

  #handle(event: ParticipantEvent): void {
    for (const effect of this.#participant.handle(event)) this.#carryOut(effect)
  }

  #carryOut(effect: ParticipantEffect): void {
    switch (effect.type) {
      case 'send':
        if (this.#maySend(effect.message)) this.#connection.send(effect.message)
        break
      case 'send-vector':
        this.#sendVector(effect)
        break
      case 'fetch-model':
        void this.#fetchModel(effect)
        break
      case 'train':
        void this.#trainFor(effect)
        break
      case 'compute':
        void this.#compute(effect)
        break
      case 'counted':
        this.#trainer.keep(effect.roundId)
        break
      case 'set-timer':
        this.#setTimer(effect)
        break
      case 'clear-timer':
        this.#timers.get(effect.timer)?.()
        break
      case 'round-ended':
        this.#endUpload()
        this.#trainer.drop()
        this.#emit(effect)
        break
      case 'round-started':
        this.#emit(effect)
        break
      case 'warn':
        this.#emit({ ...effect, type: 'warning' })
    }
  }

  #setTimer({ timer, afterMs }: Extract<ParticipantEffect, { type: 'set-timer' }>): void {
    this.#timers.get(timer)?.()
    this.#timers.set(
      timer,
      this.#platform.timers.after(afterMs, () => this.#handle({ type: 'timer', timer })),
    )
  }

  /** What is lost with a device is lost without a word: no `leave` follows. */
  #maySend(outgoing: Outgoing): boolean {
    if (this.#options.beforeSend?.(outgoing) !== 'vanish') return true
    this.#connection.vanish()
    this.#emit({ type: 'vanished' })
    this.#handle({ type: 'abandon', code: 'TACIT_SHUTTING_DOWN' })
    return false
  }

  #sendVector(effect: Extract<ParticipantEffect, { type: 'send-vector' }>): void {
    const { socket } = this.#connection
    if (!socket) return
    const { roundId, packed } = effect
    this.#endUpload()
    this.#endUpload = sendVector(effect, {
      socket,
      timers: this.#platform.timers,
      mayI: (offset) => this.#maySend({ type: 'frame', roundId, offset, total: packed.length }),
    })
  }

  async #fetchModel(effect: Extract<ParticipantEffect, { type: 'fetch-model' }>): Promise<void> {
    const { roundId, manifest, hash } = effect
    const fetching = this.#models.model(manifest, hash).then(async (model): Promise<ParticipantEvent> => {
      if (this.#options.history.use) await this.#checkCatalogue(model.manifest)
      this.#keepNewer(model)
      return { type: 'model-ready', roundId, model }
    })
    const event = await fetching.catch((thrown: unknown): ParticipantEvent => {
      return { type: 'model-failed', roundId, error: asTacit(thrown, 'TACIT_MODEL_UNAVAILABLE') }
    })
    this.#handle(event)
  }

  async #trainFor({ plan, tensors }: Extract<ParticipantEffect, { type: 'train' }>): Promise<void> {
    const { roundId } = plan
    // The charge stands before anything that depends on the history exists to be sent.
    const training = this.#ledger.charge(plan).then(() => this.#trainer.vectorOf(plan, tensors))
    const event = await training.then(
      (vector): ParticipantEvent => ({ type: 'trained', roundId, vector }),
      // No failure of training, which the coordinator must not see: no budget, or the device cannot even say nothing.
      (thrown: unknown): ParticipantEvent => {
        return { type: 'compute-failed', roundId, error: asTacit(thrown, 'TACIT_INTERNAL') }
      },
    )
    this.#handle(event)
  }

  async #compute({ roundId, run }: Extract<ParticipantEffect, { type: 'compute' }>): Promise<void> {
    const event = await run().then(
      (apply): ParticipantEvent => ({ type: 'computed', roundId, apply }),
      (thrown: unknown): ParticipantEvent => {
        return { type: 'compute-failed', roundId, error: asTacit(thrown, 'TACIT_INTERNAL') }
      },
    )
    this.#handle(event)
  }

  #ownSide(plan: RoundPlan): OwnSide {
    const { secretsFor = () => this.#secureRandom(), identities } = this.#options
    const { minimumCohort, minimumThreshold } = this.#limits
    return {
      random: secretsFor(plan),
      // One key a round: a round that asks for none must not cost one.
      identity: plan.masking?.identity === 'certified' ? identities?.take(plan.round) : undefined,
      limits: { minimumCohort: honestWanted(plan, minimumCohort), minimumThreshold },
    }
  }

  /** Rows of a longer catalogue than the model's would be known by few devices. */
  async #checkCatalogue({ catalogue: { hash, items } }: Manifest): Promise<void> {
    const found = await this.#fetchCatalogue(hash)
    if (found.items === items) return
    const problem = `its catalogue has ${found.items} items, not ${items}`
    throw new TacitError('TACIT_MODEL_INVALID', { problem })
  }

  /** Whose rows are those of the catalogue: without `use`, a source knows them by itself. */
  async #historyFor(plan: RoundPlan): Promise<TrainingHistory> {
    const { history } = this.#options
    if (history.use) this.#adopt(await this.#fetchCatalogue(plan.catalogue.hash))
    return history.training()
  }

  async #newestModel(): Promise<FetchedModel> {
    try {
      this.#newest = await this.#models.newest(this.#options.task)
      this.#options.identities?.heard?.(this.#newest.manifest.round)
      return this.#newest
    } catch (error) {
      if (this.#newest && error instanceof TacitError && error.code === 'TACIT_MODEL_UNAVAILABLE') {
        return this.#newest
      }
      throw error
    }
  }

  /** Keys are for rounds by number: a device that does not know which comes next would miss the first that it is invited to. */
  async #hearRound(): Promise<void> {
    if (!this.#options.identities?.heard) return
    // Without a model it hears of the next round by its invitation.
    await this.#newestModel().catch(() => {})
  }

  /** A round may be slow: the model that it began from need not be the newest any more. */
  #keepNewer(model: FetchedModel): void {
    if (!this.#newest || this.#newest.manifest.round <= model.manifest.round) this.#newest = model
  }

  async #fetchCatalogue(hash: string): Promise<Catalogue> {
    if (this.#catalogue?.hash !== hash) this.#catalogue = await this.#models.catalogue(hash)
    return this.#catalogue
  }

  /** The history may fail at it, and may do so because of what is in it: not while the coordinator looks on. */
  #adopt(catalogue: Catalogue): void {
    if (this.#adopted === catalogue.hash) return
    this.#adopted = undefined
    this.#options.history.use?.(catalogue)
    this.#adopted = catalogue.hash
  }

  #secureRandom(): SecureRandom {
    this.#secure ??= new SecureRandom()
    return this.#secure
  }

  #emit(event: DeviceEvent): void {
    this.#options.onEvent?.(event)
  }
}

function sumsTrusting({ issuer, suite = platformSuite }: DeviceOptions, now: () => number): DeviceSums {
  const verify: MaskedEnvironment['verifyCredential'] =
    issuer &&
    ((token, key, round, platform) =>
      verifyCredential(token, key, { round, validForMs: -CLOCK_SKEW_MS }, issuer, now(), platform))
  return deviceSums({ suite, verifyCredential: verify })
}

function socketAddress(url: string): string {
  let address: URL | undefined
  try {
    address = new URL('/v1/devices', url)
  } catch {
    // Named below, as an address of another kind is.
  }
  if (address?.protocol !== 'http:' && address?.protocol !== 'https:') {
    throw new TacitError('TACIT_CONFIG_INVALID', { path: 'url', problem: `${url} is not an http address` })
  }
  address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:'
  return address.href
}

function asTacit(error: unknown, code: ErrorCode): TacitError {
  if (error instanceof TacitError) return error
  return new TacitError(code, { problem: error instanceof Error ? error.message : String(error) })
}
