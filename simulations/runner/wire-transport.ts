import { buildApp, Gateway, type GatewaySink, systemTimers } from '@tacit/coordinator'
import type { RoundEvent, RoundMessage } from '@tacit/coordinator/round'
import { canonicalJson, utf8ToBytes } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import type { EncodedModel, Manifest, ModelState } from '@tacit/shared/model'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import type { Member, PartialSum } from '@tacit/shared/secagg'
import { pino } from 'pino'
import { Fleet, isLost, isLostIn, lose, type SharedLosses, sharedLosses } from '../fleet/index.js'
import type { Saying } from '../population/index.js'
import { deviceNumber } from './device-names.js'
import type { WireSetup } from './simulation-options.js'
import type { DeviceAct, Transport } from './transport.js'
import { shareTraining } from './worker-data.js'

/** Wall time that any one act of a device may take. A simulation never depends on it, unless it hangs. */
const ACT_DEADLINE_MS = 120_000

/** A device that vanished is forgotten at once, so that it comes back for the next round as a new one. */
const RESUME_WINDOW_MS = 50

const SILENT = pino({ level: 'silent' })

/**
 * Real devices on real WebSockets behind the coordinator's own gateway, in step with a schedule: what a
 * device sends is kept until the schedule asks for it.
 */
export async function wireTransport(setup: WireSetup): Promise<Transport> {
  const transport = new WireTransport(setup)
  await transport.open()
  return transport
}

class WireTransport implements Transport, GatewaySink {
  readonly #setup: WireSetup
  readonly #gateway: Gateway
  readonly #catalogue: Uint8Array
  readonly #app: ReturnType<typeof buildApp>
  readonly #present = new Set<Member>()
  /** What devices did that the schedule has not asked for yet. Vectors in it are bounded by the grants. */
  readonly #arrived = new Map<string, RoundEvent[]>()
  readonly #awaited = new Map<string, Awaited>()
  #failure: TacitError | undefined
  /** Invitations of the round that their devices may have missed. */
  readonly #invited = new Map<Member, CoordinatorMessage>()
  #model: EncodedModel | undefined
  #roundId = ''
  #round = 0
  readonly #losses: SharedLosses
  #fleet: Fleet | undefined

  constructor(setup: WireSetup) {
    this.#setup = setup
    this.#losses = sharedLosses(setup.split.devices)
    this.#catalogue = utf8ToBytes(canonicalJson(setup.catalogue))
    this.#gateway = new Gateway({
      sink: this,
      hasTask: (task) => task === setup.task.name,
      limits: {
        resumeWindowMs: RESUME_WINDOW_MS,
        sweepMs: 25,
        maxDevices: setup.split.devices + 1,
        // The schedule says who is late; a loaded machine does not.
        stallDeadlineMs: ACT_DEADLINE_MS,
        idleDeadlineMs: ACT_DEADLINE_MS,
        helloDeadlineMs: ACT_DEADLINE_MS,
      },
      timers: systemTimers,
      random: new SecureRandom(),
      logger: SILENT,
    })
    this.#app = buildApp({
      store: {
        manifest: async () => this.#manifest(),
        part: async (hash) => this.#part(hash),
        ping: async () => {},
      },
      status: {
        current: () => ({ tasks: [statusOf(setup.task.name)] }),
        history: () => [],
        subscribe: () => () => {},
      },
      logger: SILENT,
    })
  }

  async open(): Promise<void> {
    this.#gateway.attach(this.#app.server)
    const url = await this.#app.listen({ host: '127.0.0.1', port: 0 })
    const { split, task, configuration, personal } = this.#setup
    this.#fleet = new Fleet({
      url,
      task: task.name,
      split: shareTraining(split),
      personal,
      devices: Array.from({ length: split.evaluationOnlyFrom ?? split.devices }, (_, device) => device),
      threads: configuration.workers,
      secureSums: [configuration.secureSum],
      // What the simulation assumes is what its devices accept: nobody else is there to be protected.
      limits: {
        minimumCohort: 2,
        minimumThreshold: 2,
        adversarial: 0,
        dropout: 0,
        coordinator: 'curious',
        identity: 'anonymous',
      },
      scheduled: { seed: configuration.seed, losses: this.#losses },
      onFailure: (error) => this.#fail(error),
    })
  }

  publish(model: EncodedModel, _state: ModelState): void {
    this.#model = model
  }

  async ready(plan: RoundPlan, cohort: readonly Member[]): Promise<void> {
    this.#roundId = plan.roundId
    this.#round = plan.round
    this.#invited.clear()
    this.#arrived.clear()
    await Promise.all(cohort.map((device) => this.#present.has(device) || this.#event(device, 'connected')))
    this.#arrived.clear()
  }

  lose(device: Member, saying: Saying): void {
    lose(this.#losses, deviceNumber(device), this.#round, saying)
  }

  send(to: Member, message: CoordinatorMessage): void {
    if (message.type === 'invite') this.#invited.set(to, message)
    this.#gateway.send(to, message)
  }

  expectVector(from: Member, roundId: string, bytes: number): void {
    this.#gateway.expectVector(from, roundId, bytes)
  }

  forgetVector(from: Member): void {
    this.#gateway.forgetVector(from)
  }

  arrival(device: Member, act: DeviceAct): Promise<RoundEvent> | RoundEvent {
    return this.#event(device, act)
  }

  gather(): Promise<readonly PartialSum[]> {
    throw new Error('vectors reach this coordinator whole; there is nothing to gather')
  }

  async close(): Promise<void> {
    await this.#fleet?.stop()
    await this.#gateway.stop(1_000)
    await this.#app.close()
  }

  connected(device: Member): void {
    this.#present.add(device)
    // Whoever is back had been away.
    this.#arrive(device, 'vanish', { type: 'gone', device })
    this.#arrive(device, 'connected', { type: 'resumed', device })
    // It vanished in the round before, perhaps after this round's invitation went to its old socket.
    const invitation = this.#invited.get(device)
    if (invitation && !isLost(this.#losses, deviceNumber(device), this.#round, 'join'))
      this.#gateway.send(device, invitation)
  }

  detached(): void {}

  gone(device: Member): void {
    this.#present.delete(device)
    this.#arrive(device, 'vanish', { type: 'gone', device })
  }

  message(device: Member, message: RoundMessage): void {
    if (message.roundId !== this.#roundId) return
    const event: RoundEvent = { type: 'message', device, message }
    if (message.type === 'join') this.#invited.delete(device)
    if (message.type === 'join' || message.type === 'upload') this.#arrive(device, message.type, event)
    else if (message.type === 'sum') this.#arrive(device, `sum:${message.step}`, event)
    // Back before its schedule has it gone, a lost one says that it is in no round. Any other has no reason to
    // leave but a fault, which must not look like a hang.
    else if (message.type === 'leave' && !isLostIn(this.#losses, deviceNumber(device), this.#round))
      this.#fail(unexpected(device, `left the round: ${message.code}`))
  }

  vector(device: Member, packed: Uint8Array): void {
    this.#arrive(device, 'vector', { type: 'vector', device, packed })
  }

  #event(device: Member, act: DeviceAct | 'connected'): Promise<RoundEvent> | RoundEvent {
    const key = `${act}:${device}`
    const arrived = this.#arrived.get(key)?.shift()
    if (arrived) return arrived
    if (this.#failure) throw this.#failure
    return new Promise<RoundEvent>((resolve, reject) => {
      const late = unexpected(device, `no ${act} in ${ACT_DEADLINE_MS} ms`)
      const deadline = setTimeout(() => reject(late), ACT_DEADLINE_MS)
      const settle = () => {
        clearTimeout(deadline)
        this.#awaited.delete(key)
      }
      this.#awaited.set(key, {
        arrived: (event) => {
          settle()
          resolve(event)
        },
        failed: (error) => {
          settle()
          reject(error)
        },
      })
    })
  }

  #fail(error: TacitError): void {
    this.#failure ??= error
    for (const awaited of [...this.#awaited.values()]) awaited.failed(this.#failure)
  }

  #arrive(device: Member, act: DeviceAct | 'connected', event: RoundEvent): void {
    const key = `${act}:${device}`
    const awaited = this.#awaited.get(key)
    if (awaited) awaited.arrived(event)
    else this.#arrived.set(key, [...(this.#arrived.get(key) ?? []), event])
  }

  #manifest(): Manifest | undefined {
    return this.#model?.manifest
  }

  #part(hash: string): Uint8Array | undefined {
    return hash === this.#setup.task.catalogue.hash ? this.#catalogue : this.#model?.parts.get(hash)
  }
}

/** Nobody watches a simulation over HTTP; its server only has to know the task. */
function statusOf(name: string) {
  return {
    name,
    round: { number: 0, phase: 'simulated', devices: 0, groups: 0 },
    rounds: { released: 0, aborted: 0, abortedByReason: {} },
    metrics: {},
    model: { version: 0, hash: '' },
  }
}

interface Awaited {
  readonly arrived: (event: RoundEvent) => void
  readonly failed: (error: TacitError) => void
}

function unexpected(device: Member, problem: string): TacitError {
  return new TacitError('TACIT_WORKER_FAILED', { problem: `device ${deviceNumber(device)} ${problem}` })
}
