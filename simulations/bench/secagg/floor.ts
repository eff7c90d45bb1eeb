import type { AllRates } from './rates.js'
import type { Surroundings } from './sampled-device.js'

/** How often a round cannot do without each primitive. */
export interface Needs {
  readonly signingKey: number
  readonly agreementKey: number
  readonly agree: number
  readonly sign: number
  readonly verify: number
  readonly seal: number
  readonly open: number
  /** Words of masks, and words added to the sum. */
  readonly mask: number
  readonly add: number
}

/** What a device cannot do without: keys, shares, masks, and the signatures of those it has to believe. */
export function deviceNeeds(around: Surroundings, values: number, isCertified: boolean): Needs {
  const { neighbours, threshold, committee, draws, others } = around
  return {
    signingKey: 1,
    agreementKey: 2,
    agree: 2 * neighbours,
    sign: draws ? 3 : 2,
    verify: neighbours + committee + (isCertified ? others : 0) + threshold,
    seal: neighbours,
    open: neighbours,
    mask: (neighbours + 1) * values,
    add: 0,
  }
}

export interface CoordinatorRound {
  readonly devices: number
  readonly lost: number
  readonly committee: number
  /** Masks between a lost device and a survivor. */
  readonly pairMasks: number
  readonly values: number
  readonly isCertified: boolean
}

/** What the coordinator cannot do without: signatures, the masks that have to be taken away, and the sum. */
export function coordinatorNeeds(round: CoordinatorRound): Needs {
  const { devices, lost, committee, pairMasks, values, isCertified } = round
  const survivors = devices - lost
  return {
    signingKey: 0,
    agreementKey: lost,
    agree: pairMasks,
    sign: 0,
    verify: devices * (isCertified ? 2 : 1) + committee + survivors,
    seal: 0,
    open: 0,
    mask: (survivors + pairMasks) * values,
    add: survivors * values,
  }
}

export interface Floor {
  readonly ms: number
  /** With masks' words made only, not added. */
  readonly bareMs: number
  readonly masksMs: number
}

/** Milliseconds at the measured rates. */
export function floorOf(needs: Needs, rates: AllRates): Floor {
  const fixed =
    needs.signingKey * rates.signingKey +
    needs.agreementKey * rates.agreementKey +
    needs.agree * rates.agree +
    needs.sign * rates.sign +
    needs.verify * rates.verify +
    needs.seal * rates.seal +
    needs.open * rates.open +
    needs.add * rates.add
  const masksMs = needs.mask * rates.mask
  return { ms: fixed + masksMs, bareMs: fixed + needs.mask * rates.keystream, masksMs }
}
