import { createDevice, type Device, type DeviceEvent, History, type Recommendation } from '@tacit/client'

export interface BrowserDeviceOptions {
  readonly url: string
  readonly task: string
  readonly device: string
  /** Item ids in order of time. */
  readonly items: readonly string[]
}

let device: Device | undefined
const events: DeviceEvent[] = []

/** Starts one device in the page. */
export function startDevice({ items, ...options }: BrowserDeviceOptions): void {
  const history = new History()
  items.forEach((item, at) => {
    history.add({ item, type: 'view_item', at })
  })
  device = createDevice({ ...options, history, onEvent: (event) => events.push(event) })
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
