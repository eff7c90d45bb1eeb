import { TacitError } from '../errors/index.js'
import { plain } from './plain.js'
import type { SecureSum } from './secure-sum.js'

/** The backends that a plan may name. */
export const SECURE_SUMS: ReadonlyMap<string, SecureSum> = new Map([[plain.name, plain]])

/** @throws TACIT_PLAN_REFUSED when this side does not have the backend */
export function secureSum(name: string): SecureSum {
  const backend = SECURE_SUMS.get(name)
  if (!backend) throw new TacitError('TACIT_PLAN_REFUSED', { problem: `secure sum ${name} is not known` })
  return backend
}
