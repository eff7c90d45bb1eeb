import type { CryptoSuite } from '@tacit/shared/crypto'
import type { Masking } from '@tacit/shared/secagg'
import { collect } from './collect.js'
import { playCoordinator } from './played-coordinator.js'
import { type Recording, record } from './recording.js'
import { playDevice } from './sampled-device.js'
import { rounded } from './stopwatch.js'

export interface MemoryFigures {
  readonly devices: number
  readonly values: number
  /** Peak, in vectors of 4 bytes a value; the device's own vector is one of them. */
  readonly device: number
  /** Peak, in such vectors, while one upload is in flight; without 1 KiB for each device. */
  readonly coordinator: number
  /** The same two with what the collector had not yet taken away. */
  readonly deviceWithGarbage: number
  readonly coordinatorWithGarbage: number
}

export interface MemoryOptions {
  readonly devices: number
  readonly values: number
  readonly masking: Masking
  readonly lost: number
  readonly suite: CryptoSuite
}

/** What a group may take for each of its devices, whatever their vectors. */
const DEVICE_BYTES = 1024

/** Is told when vectors come to be and when they are gone again. */
export interface Watch {
  begin(): void
  end(): void
  look(): void
  lookUncollected(): void
}

/** Peaks of what lies in array buffers: at every turn that the machines leave to others. */
export async function measureMemory(options: MemoryOptions): Promise<MemoryFigures> {
  const recording = await record({ ...options, sampled: 1, certified: undefined })
  const live = await peaks(recording, true)
  const withGarbage = await peaks(recording, false)
  const vectors = (bytes: number) => rounded(bytes / (4 * options.values))
  return {
    devices: options.devices,
    values: options.values,
    device: vectors(live.device),
    coordinator: vectors(live.coordinator - DEVICE_BYTES * options.devices),
    deviceWithGarbage: vectors(withGarbage.device),
    coordinatorWithGarbage: vectors(withGarbage.coordinator),
  }
}

async function peaks(recording: Recording, isCollecting: boolean) {
  const device = new Peak(isCollecting)
  await playDevice(recording, recording.scripts[0]!, device)
  const coordinator = new Peak(isCollecting)
  await playCoordinator(recording, coordinator)
  return { device: device.bytes, coordinator: coordinator.bytes }
}

class Peak implements Watch {
  readonly #isCollecting: boolean
  #before = 0
  #most = 0
  #isRunning = false

  constructor(isCollecting: boolean) {
    this.#isCollecting = isCollecting
  }

  get bytes(): number {
    return this.#most
  }

  begin(): void {
    collect()
    this.#before = process.memoryUsage().arrayBuffers
    this.#isRunning = true
    this.#everyTurn()
  }

  end(): void {
    this.look()
    this.#isRunning = false
  }

  look(): void {
    if (!this.#isRunning) return
    if (this.#isCollecting) collect()
    this.lookUncollected()
  }

  lookUncollected(): void {
    if (!this.#isRunning) return
    this.#most = Math.max(this.#most, process.memoryUsage().arrayBuffers - this.#before)
  }

  #everyTurn(): void {
    if (!this.#isRunning) return
    this.look()
    setImmediate(() => this.#everyTurn())
  }
}
