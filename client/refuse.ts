import { TacitError } from '@tacit/shared/errors'

/** @throws TACIT_PLAN_REFUSED with what the check threw for a problem */
export function refusing<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

/** @throws TACIT_PLAN_REFUSED */
export function refuse(problem: string): never {
  throw new TacitError('TACIT_PLAN_REFUSED', { problem })
}
