import type { Member } from '@tacit/shared/secagg'

/** Names that are made once: a device is looked up by its name several times a round. */
const NAMED = 100_000
const names: Member[] = []

/** Simulated devices are named by their number, so that a name says which history it trains on. */
export function deviceName(device: number): Member {
  if (device >= NAMED) return `d${device}`
  for (let next = names.length; next <= device; next++) names.push(`d${next}`)
  return names[device]!
}

export function deviceNumber(name: Member): number {
  let device = 0
  for (let i = 1; i < name.length; i++) device = 10 * device + name.charCodeAt(i) - 48
  return device
}
