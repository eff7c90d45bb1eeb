import type { CoordinatorSumEffect } from '@tacit/shared/secagg'
import type { RoundEvent } from './types.js'

/** The event that a secure sum's work comes to. Never rejects. */
export async function outcomeOf(
  roundId: string,
  run: () => Promise<() => CoordinatorSumEffect[]>,
): Promise<RoundEvent> {
  try {
    return { type: 'computed', roundId, apply: await run() }
  } catch (error) {
    return { type: 'compute-failed', roundId, error }
  }
}
