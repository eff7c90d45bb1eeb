import {
  CredentialPool,
  Device,
  type DeviceEvent,
  type DeviceOptions,
  History,
  type Platform,
} from '@tacit/client'
import { nodePlatform } from '@tacit/client/node'
import { type RunningCoordinator, startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import {
  ed25519IssuerKey,
  issueCredential,
  OnePerRound,
  publicJwks,
  trustedIssuer,
} from '@tacit/shared/credentials'
import { platformSuite } from '@tacit/shared/crypto'
import { SecureRandom } from '@tacit/shared/random'
import { pino } from 'pino'

const ITEMS = Array.from({ length: 30 }, (_, i) => `item-${i}`)
const PARTIES = { issuer: 'https://shop.example', audience: 'homepage' }
const random = new SecureRandom()

/** What devices accept in rounds of a handful that nobody is lost from: their defaults ask for dozens. */
export const FEW_DEVICES = { minimumCohort: 2, minimumThreshold: 2, dropout: 0 } as const

export interface Warning {
  readonly level: number
  readonly msg: string
}

/** A storefront's back end: who vouches for devices. */
export class Shop {
  readonly #key: Awaited<ReturnType<typeof ed25519IssuerKey>>
  readonly #issued = new OnePerRound()
  #installs = 0

  private constructor(key: Awaited<ReturnType<typeof ed25519IssuerKey>>) {
    this.#key = key
  }

  static async open(): Promise<Shop> {
    return new Shop(await ed25519IssuerKey('2026-01', random.bytes(32), await platformSuite()))
  }

  /** What devices are told of it. */
  get about() {
    return { ...PARTIES, jwks: publicJwks([this.#key]) }
  }

  get trusted() {
    return trustedIssuer(this.about)
  }

  /** Identities that this shop vouches for, of a new install, for rounds from 1 on. */
  async identities(stock = 1): Promise<CredentialPool> {
    const suite = await platformSuite()
    const install = `install-${this.#installs++}`
    const pool = new CredentialPool({
      fetch: (keys) => {
        const order = { key: this.#key, ...PARTIES, nowMs: Date.now(), lifetimeMs: 3_600_000 }
        const allowed = this.#issued.allow(install, keys, order.nowMs)
        return Promise.all(allowed.map((own) => issueCredential({ ...order, ...own }, suite)))
      },
      random,
      suite: platformSuite,
      nowMs: Date.now,
      stock,
    })
    pool.heard(0)
    await pool.refill()
    return pool
  }
}

/** What a task of this shop's has, but for its name and what a test is about. */
export function shopTask(change: Partial<TaskDefinition>): TaskDefinition {
  return {
    ...TASK_DEFAULTS,
    name: 'homepage',
    model: 'ials',
    settings: { factors: 4 },
    population: 100,
    share: 1,
    catalogue: catalogueReference(ITEMS),
    ...change,
  }
}

/** A coordinator over real sockets that runs one round of each task, or more, and what it logged as a warning. */
export async function startShop(
  shop: Shop,
  tasks: readonly TaskDefinition[],
  devices: number,
  minimum: number,
  pauseMs = 600_000,
): Promise<{ readonly coordinator: RunningCoordinator; readonly warnings: Warning[] }> {
  const warnings: Warning[] = []
  const log = { write: (line: string) => void warnings.push(JSON.parse(line)) }
  const limits = {
    goalCount: devices,
    overSelection: 1,
    minimumCount: minimum,
    largestGroup: 1000,
    uploadsInFlight: 4,
    joinDeadlineMs: 20_000,
    stepDeadlineMs: 25_000,
    phaseDeadlineMs: 25_000,
    uploadDeadlineMs: 20_000,
    chunkBytes: 200,
  }
  const coordinator = await startCoordinator({
    tasks: tasks.map((definition) => ({ definition, catalogue: ITEMS, limits })),
    issuer: shop.trusted,
    port: 0,
    cadence: { startAt: devices, pauseMs },
    logger: pino({ level: 'warn' }, log),
  })
  return { coordinator, warnings }
}

/** Something that is waited for. */
export class Once<T> {
  resolve: (value: T) => void = () => {}
  readonly promise = new Promise<T>((resolve) => {
    this.resolve = resolve
  })
}

/** A device with a history of its own, and what happened to it. */
export class Shopper {
  readonly events: DeviceEvent[] = []
  readonly device: Device
  /** How its round ended. */
  readonly ended: Promise<Extract<DeviceEvent, { type: 'round-ended' }>>
  readonly warned: Promise<Extract<DeviceEvent, { type: 'warning' }>>

  constructor(
    url: string,
    number: number,
    options: Partial<DeviceOptions>,
    platform: Platform = nodePlatform,
  ) {
    const history = new History()
    for (let at = 0; at < 6; at++) history.add({ item: ITEMS[(number * 7 + at * 5) % ITEMS.length]!, at })
    const ended = new Once<Extract<DeviceEvent, { type: 'round-ended' }>>()
    const warned = new Once<Extract<DeviceEvent, { type: 'warning' }>>()
    this.ended = ended.promise
    this.warned = warned.promise
    const onEvent = (event: DeviceEvent) => {
      this.events.push(event)
      if (event.type === 'round-ended') ended.resolve(event)
      if (event.type === 'warning') warned.resolve(event)
    }
    const own = { url, task: 'homepage', device: `shopper-${number}`, history, onEvent }
    const backoff = { firstMs: 1, longestMs: 50 }
    this.device = new Device({ ...own, backoff, ...options }, platform)
  }
}

/** Resolves once the status satisfies. */
export function changed(coordinator: RunningCoordinator, satisfied: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!satisfied()) return
      unsubscribe()
      resolve()
    }
    const unsubscribe = coordinator.status.subscribe(look)
    look()
  })
}
