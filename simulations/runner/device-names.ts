import type { Member } from '@tacit/shared/secagg'

/** Simulated devices are named by their number, so that a name says which history it trains on. */
export function deviceName(device: number): Member {
  return `d${device}`
}

export function deviceNumber(name: Member): number {
  return Number(name.slice(1))
}
