import type { Member } from '@tacit/shared/secagg'

/** Names of the timers that a round has several of: what they are for, and which. */
export const phaseTimer = (clock: number) => `phase:${clock}`
export const uploadTimer = (device: Member) => `upload:${device}`

export function splitTimer(timer: string): [string, string] {
  const at = timer.indexOf(':')
  return [timer.slice(0, at), timer.slice(at + 1)]
}
