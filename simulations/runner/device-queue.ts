/**
 * Devices that threads take from one another's hands, each of them once: histories differ in length, and cores in what
 * else they do. All of it is in memory that the threads share.
 */
export interface DeviceQueue {
  readonly devices: Int32Array
  /** One number: how many are taken. */
  readonly taken: Int32Array
  readonly threads: number
}

/** Devices taken at a time. */
const LARGEST_SHARE = 8
/** Of few devices, those that are left, a thread takes this part of what would be its own: all are busy until the end. */
const PART = 1 / 4

export function deviceQueue(devices: Int32Array, threads: number): DeviceQueue {
  const shared = new Int32Array(new SharedArrayBuffer(devices.byteLength))
  shared.set(devices)
  return { devices: shared, taken: new Int32Array(new SharedArrayBuffer(4)), threads }
}

/** Takes devices until none is left, and notes those taken in `mine`. */
export function* takeDevices({ devices, taken, threads }: DeviceQueue, mine: number[]): Generator<number> {
  for (;;) {
    // Others may take some meanwhile: then it is a little more than its part.
    const left = devices.length - Atomics.load(taken, 0)
    const share = Math.max(1, Math.min(LARGEST_SHARE, Math.floor((PART * left) / threads)))
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
