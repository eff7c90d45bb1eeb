import { exp } from '../../kernels/index.js'
import { beyond, type LatticeNoise } from './lattice-noise.js'
import { type LossPair, sampledLoss } from './losses.js'
import { expm1 } from './special.js'

/**
 * The privacy losses of one coordinate of integer noise X in one round, on a grid, never below the true ones: X
 * against (1 - q) X + q (X + c). Each value has one loss; its mass goes to the two points of the grid about it so
 * that both distributions keep theirs (Doroshenko et al., "Connect the Dots", 2022), and what lies beyond the reach
 * counts as an infinite loss.
 *
 * Whatever devices change a coordinate by, up to c, this pair dominates theirs in every round, and pairs that dominate
 * compose, for inputs that are chosen by what was seen as well (Zhu, Dong and Wang, "Optimal Accounting of Differential
 * Privacy via Characteristic Function", 2022). For log-concave noise the ratio P(X = k - c) / P(X = k) rises
 * with k, so for any g >= 0 the divergence H_g(X + c | X) = max over sets S of P(X + c in S) - g P(X in S) is the
 * largest over t of P(X >= t - c) - g P(X >= t), which rises with c; by symmetry c and -c, and both orders, are
 * alike. With sampling, H_a of the mixture against X is q times H_g with g = (a - 1 + q) / q, or 1 - a where that is
 * negative; of X against the mixture, with b = 1 - a (1 - q), it is b times H_g with g = a q / b, or 0 where b is
 * negative: both rise with c as well.
 *
 * @param noise known to the reach and c beyond it
 * @param shift c, a whole number from 1
 * @param sampling q in (0, 1]
 */
export function latticeLosses(
  noise: LatticeNoise,
  shift: number,
  sampling: number,
  interval: number,
): LossPair {
  const { logs, reach } = noise
  const high = reach + shift
  const first = Math.floor(lossAt(noise, shift, sampling, -reach) / interval)
  const cells = Math.max(1, Math.ceil(lossAt(noise, shift, sampling, high) / interval) - first)
  const remove = new Float64Array(cells + 1)
  const add = new Float64Array(cells + 1)
  const share = expm1(-interval)
  for (let k = -reach; k <= high; k++) {
    const loss = lossAt(noise, shift, sampling, k)
    const cell = Math.min(cells - 1, Math.max(0, Math.floor(loss / interval) - first))
    const without = exp(logs[Math.abs(k)]!)
    const mixed = (1 - sampling) * without + sampling * exp(logs[Math.abs(k - shift)]!)
    const above = mixed * within(expm1((first + cell) * interval - loss) / share)
    remove[cell + 1]! += above
    remove[cell]! += mixed - above
    const worse = without * within(expm1(loss - (first + cell + 1) * interval) / share)
    add[cells - cell]! += worse
    add[cells - cell - 1]! += without - worse
  }
  const [near, far] = [beyond(noise, reach), beyond(noise, high)]
  // A smaller loss than any of the grid may count as the least.
  remove[0]! += (1 - sampling) * near + sampling * far
  add[0]! += far
  const infinite = (1 - sampling) * far + sampling * near
  return {
    remove: { interval, first, masses: remove, infinite },
    add: { interval, first: -(first + cells), masses: add, infinite: near },
  }
}

/** From the least loss to the largest, but for the tails. */
export function latticeWidth(noise: LatticeNoise, shift: number, sampling: number): number {
  const at = (k: number) => lossAt(noise, shift, sampling, k)
  return at(noise.reach + shift) - at(-noise.reach)
}

/** It rises with k. */
function lossAt({ logs }: LatticeNoise, shift: number, sampling: number, k: number): number {
  return sampledLoss(sampling, logs[Math.abs(k - shift)]! - logs[Math.abs(k)]!)
}

function within(part: number): number {
  return Math.min(1, Math.max(0, part))
}
