import { TacitError } from '@tacit/shared/errors'
import type { PlanPrivacy } from '@tacit/shared/protocol'

/** What a device spends of its privacy at most, whatever the coordinator says. */
export interface PrivacyLimits {
  /** Who may make the noise; `central` trusts the coordinator to. By default {@link DEFAULT_MODES}. */
  readonly modes?: readonly PlanPrivacy['mode'][]
  /** Noise of a round over its sensitivity, at least; by default any that the rest allows. */
  readonly leastNoiseMultiplier?: number
  /** Spent on all tasks together, for good: above 0. */
  readonly epsilon: number
  /** In (0, 1). */
  readonly delta: number
  /** Spent on one task; by default as much as on all. */
  readonly epsilonPerTask?: number
  /** Rounds of one task that the device takes part in: for good, or in any `periodMs`. */
  readonly participations?: number
  /** With it, `participations` is {@link REMEMBERED} at most. */
  readonly periodMs?: number
  /** Least time between two rounds of one task. */
  readonly separationMs?: number
}

export const DEFAULT_MODES: readonly PlanPrivacy['mode'][] = ['local', 'distributed']

/** Rounds of a task that a ledger knows by their ids, the last ones. */
export const REMEMBERED = 256

/** @throws TACIT_CONFIG_INVALID naming the limit that is none */
export function checkPrivacyLimits(limits: PrivacyLimits): void {
  const { modes = DEFAULT_MODES, leastNoiseMultiplier, epsilon, delta, epsilonPerTask } = limits
  const { participations, periodMs, separationMs } = limits
  const check = (name: string, holds: boolean, problem: string) => {
    if (!holds) throw new TacitError('TACIT_CONFIG_INVALID', { path: `limits.privacy.${name}`, problem })
  }
  const above = (name: string, value: number | undefined) =>
    check(name, value === undefined || (value > 0 && Number.isFinite(value)), 'not a finite number above 0')
  check('modes', modes.length > 0, 'no mode is accepted')
  above('epsilon', epsilon)
  check('delta', delta > 0 && delta < 1, 'not in (0, 1)')
  above('leastNoiseMultiplier', leastNoiseMultiplier)
  above('epsilonPerTask', epsilonPerTask)
  above('periodMs', periodMs)
  above('separationMs', separationMs)
  const most = periodMs === undefined ? Number.MAX_SAFE_INTEGER : REMEMBERED
  const isCount = (value: number) => Number.isInteger(value) && value >= 1 && value <= most
  check(
    'participations',
    participations === undefined || isCount(participations),
    `not an integer in 1..${most}`,
  )
  check(
    'periodMs',
    periodMs === undefined || participations !== undefined,
    'of what, participations has to say',
  )
}
