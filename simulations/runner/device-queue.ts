/**
 * Devices that threads take from one another's hands, each of them once: histories differ in length, and cores in what
 * else they do. All of it is in memory that the threads share.
 */
export interface DeviceQueue {
  readonly devices: Int32Array
  /** One number: how many are taken. */
  readonly taken: Int32Array
  /** Devices taken at a time. */
  readonly share: number
}

const LARGEST_SHARE = 8
/** Of few devices a thread takes this part of what would be its own, so that all have something to do until the end. */
const PART = 1 / 4

export function deviceQueue(devices: Int32Array, threads: number): DeviceQueue {
  const shared = new Int32Array(new SharedArrayBuffer(devices.byteLength))
  shared.set(devices)
  const share = Math.floor((PART * devices.length) / threads)
  return {
    devices: shared,
    taken: new Int32Array(new SharedArrayBuffer(4)),
    share: Math.max(1, Math.min(LARGEST_SHARE, share)),
  }
}

/** Takes devices until none is left, and notes those taken in `mine`. */
export function* takeDevices({ devices, taken, share }: DeviceQueue, mine: number[]): Generator<number> {
  for (;;) {
    const from = Atomics.add(taken, 0, share)
    if (from >= devices.length) return
    for (const device of devices.subarray(from, from + share)) {
      mine.push(device)
      yield device
    }
  }
}

/** Nobody takes any more: what has failed for one has failed for all. */
export function closeQueue({ devices, taken }: DeviceQueue): void {
  Atomics.store(taken, 0, devices.length)
}
