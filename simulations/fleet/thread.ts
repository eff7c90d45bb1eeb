import { parentPort, workerData } from 'node:worker_threads'
import type {
  ContributionPurpose,
  Device,
  DeviceEvent,
  DeviceLimits,
  DeviceOptions,
  HistorySource,
  Outgoing,
} from '@tacit/client'
import { CredentialPool, httpCredentials, ModelSource, trainInline } from '@tacit/client'
import { createNodeDevice, nodePlatform } from '@tacit/client/node'
import { type TrustedIssuer, trustedIssuer } from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { codeOf } from '@tacit/shared/errors'
import { BUILT_IN } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SecureRandom, SeededRandom, SimulatedSecrets } from '@tacit/shared/random'
import { deviceName } from '../runner/device-names.js'
import { type PersonalStates, personalOf } from '../runner/personal-states.js'
import { SharedSuite } from '../runner/shared-suite.js'
import { heldOutOf, type TrainingSplit, trainingContext, trainingHistory } from '../runner/worker-data.js'
import { AtMost } from './at-most.js'
import { isLost, type SharedLosses } from './losses.js'
import { sayingOf } from './vanish.js'

/** Who vouches for the devices of a fleet. */
export interface FleetIssuer {
  /** Where they ask for their credentials. */
  readonly credentialsUrl: string
  readonly issuer: string
  readonly audience: string
  /** Public keys, as RFC 7517 has them. */
  readonly jwks: unknown
}

/** What a thread of devices is given. */
export interface ThreadSetup {
  readonly url: string
  readonly task: string
  readonly split: TrainingSplit
  /** Where the devices' personal state is, if their model has any and a schedule keeps it. */
  readonly personal?: PersonalStates | undefined
  /** Numbers of the devices that live here. */
  readonly devices: readonly number[]
  readonly secureSums: readonly string[]
  /** What the devices accept otherwise than by default. */
  readonly limits?: Partial<Omit<DeviceLimits, 'task' | 'secureSums' | 'models'>>
  /** Without one they take part in anonymous rounds only, if their limits let them. */
  readonly issuer?: FleetIssuer
  /**
   * With a seed, devices draw from it and vanish as the schedule has it. Without one they are what a
   * storefront's are: their draws come from the platform's secure generator.
   */
  readonly scheduled?: { readonly seed: number; readonly losses: SharedLosses }
}

export type ThreadReport =
  | { readonly type: 'ready' }
  | { readonly type: 'warning'; readonly device: string; readonly code: string; readonly message: string }

const setup = workerData as ThreadSetup
const models = new ModelSource({ url: setup.url, ...nodePlatform })

/** A history in rows of the catalogue: the simulated shopper's, or what the split leaves for training. */
function historyOf(device: number): HistorySource {
  const rows = trainingHistory(setup.split, device)
  const context = trainingContext(setup.split, device)
  const training = { history: rows, ...heldOutOf(setup.split, device), ...(context && { context }) }
  return { rows: () => rows, training: () => training }
}

/** What the devices of this thread verify and agree on alike, they do once. */
const suite = platformSuite().then((platform) => new SharedSuite(platform))
let newest = 0

/** In another round all keys are others. */
async function forgetBefore(round: number): Promise<void> {
  if (round === newest) return
  newest = round
  ;(await suite).forget()
}

/** Hundreds of devices live in this process, where a storefront has one in each. */
const STOCK = 4
const asking = new AtMost(4)

function poolOf(name: string, { credentialsUrl }: FleetIssuer): CredentialPool {
  const ask = httpCredentials(credentialsUrl, (url, init) => fetch(url, init))
  return new CredentialPool({
    fetch: (keys) => asking.run(() => ask(keys)),
    random: new SecureRandom(),
    suite: platformSuite,
    nowMs: Date.now,
    stock: STOCK,
    backoff: { firstMs: 1_000, longestMs: 30_000 },
    onFailure: (error) => reportFailure(name, error),
  })
}

interface Living {
  readonly device: Device
  /** Resolves once the device has what it needs to take part; never rejects. */
  readonly prepared: () => Promise<void>
}

function livingOf(number: number, issuer: TrustedIssuer | undefined): Living {
  const name = deviceName(number)
  const identities = setup.issuer && poolOf(name, setup.issuer)
  const device = deviceOf(number, { ...(issuer && { issuer }), ...(identities && { identities }) })
  const prepared = async () => {
    try {
      const { manifest } = await models.newest(setup.task)
      identities?.heard(manifest.round)
      await identities?.refill()
    } catch (error) {
      reportFailure(name, error)
    }
  }
  return { device, prepared }
}

function deviceOf(number: number, trust: Pick<DeviceOptions, 'issuer' | 'identities'>): Device {
  const { url, task, secureSums, limits, scheduled, personal } = setup
  const name = deviceName(number)
  let round = 0
  return createNodeDevice({
    ...trust,
    url,
    task,
    device: name,
    history: historyOf(number),
    models,
    limits: { models: BUILT_IN, secureSums, ...limits },
    ...(personal && {
      train: (work) =>
        trainInline({ ...work, context: { ...work.context, ...personalOf(personal, number) } }),
    }),
    suite: () => suite,
    backoff: { firstMs: 100, longestMs: 5_000 },
    onEvent: (event) => {
      if (event.type === 'round-started') {
        round = event.round
        void forgetBefore(round)
      }
      reportTrouble(name, event)
    },
    ...(scheduled && {
      // The schedule flipped it: only winners are invited.
      coin: () => true,
      randomFor: (plan: RoundPlan, purpose: ContributionPurpose) =>
        new SeededRandom({ seed: scheduled.seed, round: plan.round, device: number, purpose }),
      secretsFor: (plan: RoundPlan) =>
        new SimulatedSecrets({ seed: scheduled.seed, round: plan.round, device: number }),
      beforeSend: (outgoing: Outgoing) => {
        const saying = sayingOf(outgoing)
        return saying && isLost(scheduled.losses, number, round, saying) ? 'vanish' : 'send'
      },
    }),
  })
}

function reportTrouble(device: string, event: DeviceEvent): void {
  if (event.type !== 'warning' && event.type !== 'error') return
  report({ type: 'warning', device, code: event.code, message: event.message })
}

function reportFailure(device: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  report({ type: 'warning', device, code: codeOf(error), message })
}

function report(message: ThreadReport): void {
  parentPort!.postMessage(message)
}

const issuer = setup.issuer && trustedIssuer(setup.issuer)
const all = setup.devices.map((number) => livingOf(number, issuer))
let stopping = false
for (const { device, prepared } of all) {
  if (setup.issuer) void prepared().then(() => stopping || device.start())
  else device.start()
}
report({ type: 'ready' })
parentPort!.once('message', () => {
  stopping = true
  for (const { device } of all) device.stop()
  parentPort!.close()
})
