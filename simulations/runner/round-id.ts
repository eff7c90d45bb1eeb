import { Draws, SeededRandom } from '@tacit/shared/random'

/** A round's id in a simulation: drawn from the seed, so that runs can be compared byte for byte. */
export function seededRoundId(seed: number, round: number): string {
  const draws = new Draws(new SeededRandom({ seed, round, purpose: 'round-id' }))
  return Array.from({ length: 4 }, () => draws.word().toString(16).padStart(8, '0')).join('')
}
