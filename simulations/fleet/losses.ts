import type { Saying } from '../population/index.js'

/** Round and saying of each device. */
const WORDS = 2

/** In memory that all threads share: where a schedule writes what devices are lost instead of saying. */
export type SharedLosses = Int32Array<SharedArrayBuffer>

export function sharedLosses(devices: number): SharedLosses {
  return new Int32Array(new SharedArrayBuffer(WORDS * devices * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * Says that a device is lost in a round instead of saying this: to be said before the device hears what it would
 * answer. The first loss of a round holds.
 * @param round from 1
 */
export function lose(losses: SharedLosses, device: number, round: number, saying: Saying): void {
  if (isLostIn(losses, device, round)) return
  Atomics.store(losses, WORDS * device + 1, codeOf(saying))
  Atomics.store(losses, WORDS * device, round)
}

/** Whether the device is lost anywhere in a round. */
export function isLostIn(losses: SharedLosses, device: number, round: number): boolean {
  return Atomics.load(losses, WORDS * device) === round
}

export function isLost(losses: SharedLosses, device: number, round: number, saying: Saying): boolean {
  return isLostIn(losses, device, round) && Atomics.load(losses, WORDS * device + 1) === codeOf(saying)
}

/** FNV-1a: the steps of a secure sum have names that only it knows. */
function codeOf(saying: Saying): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < saying.length; i++) hash = Math.imul(hash ^ saying.charCodeAt(i), 0x01000193)
  return hash | 0
}
