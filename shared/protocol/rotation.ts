import { SeededRandom } from '../random/index.js'
import type { RoundPlan } from './plan.js'

/**
 * Signs of a plan's rotation; undefined where it has none. They are drawn from the round's id, and so are public: they
 * spread what a vector holds, they hide nothing of it. Of the id's 128 bits, 117 count.
 */
export function rotationSigns({
  roundId,
  privacy,
}: Pick<RoundPlan, 'roundId' | 'privacy'>): SeededRandom | undefined {
  if (!privacy?.rotate) return undefined
  const word = (index: number) => Number.parseInt(roundId.slice(8 * index, 8 * index + 8), 16)
  const seed = (word(0) % 2 ** 21) * 2 ** 32 + word(1)
  return new SeededRandom({ seed, round: word(2), device: word(3), purpose: 'rotation' })
}
