import {
  createDevice,
  type Device,
  type DeviceEvent,
  type DeviceLimits,
  History,
  type Recommendation,
} from '@tacit/client'
import { trustedIssuer } from '@tacit/shared/credentials'

export interface BrowserDeviceOptions {
  readonly url: string
  readonly task: string
  readonly device: string
  /** Item ids in order of time. */
  readonly items: readonly string[]
  /** Whom the device trusts to vouch for others. */
  readonly about: Parameters<typeof trustedIssuer>[0]
  /** For the rounds that it may take part in. */
  readonly identities: readonly PageIdentity[]
  readonly limits: Partial<DeviceLimits>
}

export interface PageIdentity {
  readonly round: number
  readonly seed: readonly number[]
  readonly credential: string
}

let device: Device | undefined
const events: DeviceEvent[] = []

/** Starts one device in the page. */
export function startDevice({ items, about, identities, ...options }: BrowserDeviceOptions): void {
  const history = new History()
  items.forEach((item, at) => {
    history.add({ item, type: 'view_item', at })
  })
  const stock = new Map(
    identities.map(({ round, seed, credential }) => [round, { seed: Uint8Array.from(seed), credential }]),
  )
  device = createDevice({
    ...options,
    history,
    issuer: trustedIssuer(about),
    identities: {
      take: (round) => {
        const identity = stock.get(round)
        stock.delete(round)
        return identity
      },
    },
    onEvent: (event) => events.push(event),
  })
  device.start()
}

export function stopDevice(): void {
  device?.stop()
}

/** What happened to the device so far. */
export function deviceEvents(): readonly DeviceEvent[] {
  return events
}

export function recommendations(count: number): Promise<Recommendation[]> {
  return device!.recommend({ count })
}

Object.assign(globalThis, { tacitDevice: { startDevice, stopDevice, deviceEvents, recommendations } })
