/**
 * Devices that threads take from one another's hands, each of them once: histories differ in length, and cores in what
 * else they do. All of it is in memory that the threads share.
 */
export interface DeviceQueue {
  readonly devices: Int32Array
  /** One number: how many are taken. */
  readonly taken: Int32Array
}

/** Devices taken at a time. */
const SHARE = 8

export function deviceQueue(devices: Int32Array): DeviceQueue {
  const shared = new Int32Array(new SharedArrayBuffer(devices.byteLength))
  shared.set(devices)
  return { devices: shared, taken: new Int32Array(new SharedArrayBuffer(4)) }
}

/** Takes devices until none is left, and notes those taken in `mine`. */
export function* takeDevices({ devices, taken }: DeviceQueue, mine: number[]): Generator<number> {
  for (;;) {
    const from = Atomics.add(taken, 0, SHARE)
    if (from >= devices.length) return
    for (const device of devices.subarray(from, from + SHARE)) {
      mine.push(device)
      yield device
    }
  }
}

/** Nobody takes any more: what has failed for one has failed for all. */
export function closeQueue({ devices, taken }: DeviceQueue): void {
  Atomics.store(taken, 0, devices.length)
}
