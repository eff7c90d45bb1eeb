import { TacitError } from '../../errors/index.js'
import { buildCells, type Cells, DRAW_BITS } from './cells.js'
import { type NoiseKind, noiseWeights, TAIL_BITS } from './weights.js'

/** A distribution of integer noise that is ready to draw from. */
export interface NoiseTable {
  readonly kind: NoiseKind
  /** In steps squared: the variance of a Skellam variable, the parameter sigma^2 of a discrete Gaussian. */
  readonly variance: number
  /** The largest absolute value of a draw, in steps. */
  readonly bound: number
  /**
   * A bound on the total-variation distance of one draw from the distribution, given perfect random words. The draws of d
   * coordinates are within d times as much, which is to be part of delta.
   */
  readonly distance: number
  readonly cells: Cells
}

/** Standard deviations of 2^-5 to 2^15 steps. */
export const MIN_VARIANCE = 2 ** -10
export const MAX_VARIANCE = 2 ** 30
/** Tables that are kept: of the largest variance one has 10 MiB, of a deviation of 1,000 steps 300 KiB. */
const KEPT = 8

const kept = new Map<string, NoiseTable>()

/**
 * The table of a distribution, built in exact fixed-point arithmetic: the same everywhere, and kept for the next call.
 * Probabilities are multiples of 2^-128, exactly symmetric, and add up to 1; values are left out only as far as they
 * have less than 2^-112 together.
 *
 * @param variance in steps squared, [2^-10, 2^30]; the float is taken as the fraction that it is
 * @throws TACIT_NOISE_INVALID outside this range
 */
export function noiseTable(kind: NoiseKind, variance: number): NoiseTable {
  if (!(variance >= MIN_VARIANCE && variance <= MAX_VARIANCE)) {
    throw new TacitError('TACIT_NOISE_INVALID', {
      problem: `a variance of ${variance} steps squared, outside [${MIN_VARIANCE}, ${MAX_VARIANCE}]`,
    })
  }
  const key = `${kind} ${variance}`
  const table = kept.get(key) ?? buildTable(kind, variance)
  // The one used last goes to the end, and the one not used for longest goes.
  kept.delete(key)
  kept.set(key, table)
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break
    kept.delete(oldest)
  }
  return table
}

function buildTable(kind: NoiseKind, variance: number): NoiseTable {
  const { weights, total } = noiseWeights(kind, variance)
  const whole = 1n << BigInt(DRAW_BITS - 1)
  // Of a magnitude, both signs together; zero takes what the others are rounded down by.
  const magnitudes = weights.map((weight, k) => (k === 0 ? 0n : (2n * weight * whole) / total))
  magnitudes[0] = whole - magnitudes.reduce((sum, each) => sum + each)
  const bound = weights.length - 1
  return {
    kind,
    variance,
    bound,
    // One unit of 2^-127 for rounding each magnitude down, and one, far too much, for the weights' own errors.
    distance: 2 ** -TAIL_BITS + 2 * bound * 2 ** -127,
    cells: buildCells(magnitudes),
  }
}
