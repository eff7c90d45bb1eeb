import { type Purpose, SeededRandom } from '@tacit/shared/random'

/**
 * Which of several kinds each device is of: index by device, a function of (seed, device).
 * @param shares sum to 1
 */
export function kindsOf(
  shares: readonly number[],
  devices: number,
  at: { readonly seed: number; readonly purpose: Purpose },
): Uint8Array {
  const kinds = new Uint8Array(devices)
  if (shares.length === 1) return kinds
  const random = new SeededRandom(at)
  let sum = 0
  // The last one's bound is left out: what rounding leaves is its own.
  const bounds = shares.slice(0, -1).map((share) => {
    sum += share
    return sum * 2 ** 32
  })
  for (let device = 0; device < devices; device++) {
    const word = random.word(device)
    let kind = 0
    while (kind < bounds.length && word >= bounds[kind]!) kind++
    kinds[device] = kind
  }
  return kinds
}
