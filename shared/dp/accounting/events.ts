import { TacitError } from '../../errors/index.js'

/** Gaussian noise. */
export interface Gaussian {
  readonly type: 'gaussian'
  /** Standard deviation over L2 sensitivity. */
  readonly noiseMultiplier: number
}

/** The difference of two Poisson variables, in every coordinate of a vector of integers. */
export interface Skellam {
  readonly type: 'skellam'
  /** Of the summed noise, in steps of the integer grid. */
  readonly standardDeviation: number
  /** L2 sensitivity, in steps. */
  readonly l2: number
  /** L1 sensitivity, in steps. */
  readonly l1: number
  /** Coordinates; the accountant pld wants to know where it is a single one. */
  readonly dimension?: number
}

/** A sum of discrete Gaussians, one from each device. */
export interface DiscreteGaussian {
  readonly type: 'discrete-gaussian'
  /** Of each summand, in steps of the integer grid. */
  readonly standardDeviation: number
  readonly summands: number
  /** L2 sensitivity, in steps. */
  readonly l2: number
  /** L1 sensitivity, in steps. */
  readonly l1: number
  readonly dimension: number
}

export type Mechanism = Gaussian | Skellam | DiscreteGaussian

/**
 * What was released, as far as privacy is concerned: sums of contributions of devices that each took part with a
 * probability by a coin of their own. Neighbours differ in one device, present or not.
 */
export interface PrivacyEvent {
  readonly mechanism: Mechanism
  /** The probability that a device takes part in a round, in (0, 1]; coins are independent (Poisson sampling). */
  readonly sampling: number
  /** How often, a whole number from 0. */
  readonly rounds: number
}

/** @throws TACIT_PRIVACY_INVALID unless all numbers of the events are in their ranges */
export function checkEvents(events: readonly PrivacyEvent[]): void {
  for (const { mechanism, sampling, rounds } of events) {
    checkMechanism(mechanism)
    checkSampling(sampling)
    checkRounds(rounds)
  }
}

function checkMechanism(mechanism: Mechanism): void {
  if (mechanism.type === 'gaussian') checkPositive('the noise multiplier', mechanism.noiseMultiplier)
  else if (mechanism.type === 'skellam') {
    checkGrid(mechanism)
    if (mechanism.dimension !== undefined) checkWhole('the dimension', mechanism.dimension)
  } else if (mechanism.type === 'discrete-gaussian') {
    checkGrid(mechanism)
    checkWhole('the number of summands', mechanism.summands)
    checkWhole('the dimension', mechanism.dimension)
  } else throw refusal(`no mechanism is called ${String((mechanism as { type: unknown }).type)}`)
}

function checkGrid({ standardDeviation, l2, l1 }: Skellam | DiscreteGaussian): void {
  checkPositive('the standard deviation', standardDeviation)
  checkPositive('the L2 sensitivity', l2)
  checkPositive('the L1 sensitivity', l1)
  // No vector has an L1 norm below its L2 norm: the two must have been exchanged.
  if (l1 < l2) throw refusal(`the L1 sensitivity ${l1} is below the L2 sensitivity ${l2}`)
}

/** @throws TACIT_PRIVACY_INVALID */
export function checkSampling(sampling: number): void {
  if (!(sampling > 0 && sampling <= 1)) throw refusal(`the sampling probability ${sampling} is not in (0, 1]`)
}

/** @throws TACIT_PRIVACY_INVALID */
export function checkRounds(rounds: number): void {
  if (!Number.isSafeInteger(rounds) || rounds < 0)
    throw refusal(`the number of rounds ${rounds} is not a whole number from 0`)
}

/** @throws TACIT_PRIVACY_INVALID */
export function checkDelta(delta: number): void {
  if (!(delta > 0 && delta < 1)) throw refusal(`delta ${delta} is not in (0, 1)`)
}

/** @throws TACIT_PRIVACY_INVALID */
export function checkEpsilon(epsilon: number): void {
  if (!(epsilon >= 0 && epsilon < Number.POSITIVE_INFINITY))
    throw refusal(`epsilon ${epsilon} is not a finite number from 0`)
}

/** @throws TACIT_PRIVACY_INVALID */
export function checkPositive(what: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw refusal(`${what} ${value} is not a finite number above 0`)
}

function checkWhole(what: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1)
    throw refusal(`${what} ${value} is not a whole number from 1`)
}

export function refusal(problem: string): TacitError {
  return new TacitError('TACIT_PRIVACY_INVALID', { problem })
}

/** Rounds with equal mechanism and sampling as one event, those without a round left out. */
export function merged(events: readonly PrivacyEvent[]): PrivacyEvent[] {
  const byKey = new Map<string, PrivacyEvent>()
  for (const event of events) {
    if (event.rounds === 0) continue
    const key = JSON.stringify([Object.entries(event.mechanism).sort(), event.sampling])
    const before = byKey.get(key)
    byKey.set(key, before ? { ...before, rounds: before.rounds + event.rounds } : event)
  }
  return [...byKey.values()]
}
