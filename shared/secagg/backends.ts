import { byName } from './device-backends.js'
import type { MaskedEnvironment } from './masked/environment.js'
import { maskedSum } from './masked/masked.js'
import { plain } from './plain.js'
import type { SecureSum } from './secure-sum.js'

/** The backends that a plan may name. */
export const SECURE_SUM_NAMES = ['masked', 'plain'] as const

/**
 * Finds a backend by its name in a plan.
 * @throws TACIT_PLAN_REFUSED when this side does not have it
 */
export type SumBackends = (name: string) => SecureSum

export function secureSums(environment: MaskedEnvironment): SumBackends {
  return byName([maskedSum(environment), plain])
}

/** For sides that know no other backend. */
export const plainOnly: SumBackends = byName([plain])
