import { exp, log } from '../../kernels/index.js'
import { expm1, log1p, normalCdf } from './special.js'

/** Where a privacy loss is: at whole multiples of an interval, or infinite. */
export interface Losses {
  readonly interval: number
  /** The multiple that the first mass is at. */
  readonly first: number
  readonly masses: Float64Array
  /** The probability of an infinite loss. */
  readonly infinite: number
}

/** The losses of one round in both directions: of taking the device away, and of adding it. */
export interface LossPair {
  readonly remove: Losses
  readonly add: Losses
}

/**
 * The privacy losses of the Poisson-sampled Gaussian, N(0, s^2) against (1 - q) N(0, s^2) + q N(1, s^2), on a grid,
 * never below the true ones: the mass between two points of the grid is put on them so that both distributions keep
 * theirs, which leaves delta exact at every point of the grid and a chord above it in between (Doroshenko et al.,
 * "Connect the Dots: Tighter Discrete Approximations of Privacy Loss Distributions", 2022). The error falls with the
 * square of the interval.
 *
 * @param sampling q in (0, 1]
 * @param noise s over the sensitivity, above 0
 * @param tail what lies beyond, of a probability below this on each side, counts as an infinite loss
 */
export function sampledGaussianLosses(
  sampling: number,
  noise: number,
  interval: number,
  tail: number,
): LossPair {
  const { reach, low, high } = ends(noise, tail)
  const first = Math.floor(lossAt(sampling, noise, low) / interval)
  const cells = Math.max(1, Math.ceil(lossAt(sampling, noise, high) / interval) - first)
  const remove = new Float64Array(cells + 1)
  const add = new Float64Array(cells + 1)
  const share = -expm1(-interval)
  let before = edgeAt(noise, low)
  for (let i = 0; i < cells; i++) {
    const place = outcomeAt(sampling, noise, (first + i + 1) * interval)
    const edge = edgeAt(noise, i === cells - 1 ? high : Math.min(high, Math.max(low, place)))
    const without = between(before.without, edge.without)
    const mixed = (1 - sampling) * without + sampling * between(before.alone, edge.alone)
    before = edge
    const loss = (first + i) * interval
    // Too far out for the ratio to be a number, all goes to the worse point.
    const far = loss > FAR
    const above = far ? mixed : within((mixed - exp(loss) * without) / share, mixed)
    remove[i + 1]! += above
    remove[i]! += mixed - above
    const worse = far ? without : within((mixed - above) * exp(-loss), without)
    add[cells - i]! += worse
    add[cells - i - 1]! += without - worse
  }
  const beyond = normalCdf(-reach / noise)
  const beyondOne = normalCdf(-high / noise)
  // A smaller loss than any of the grid may count as the least.
  remove[0]! += (1 - sampling) * beyond + sampling * beyondOne
  add[0]! += beyondOne
  return {
    remove: {
      interval,
      first,
      masses: remove,
      infinite: (1 - sampling) * beyondOne + sampling * beyond,
    },
    add: { interval, first: -(first + cells), masses: add, infinite: beyond },
  }
}

const FAR = 600

/** From the least loss to the largest, but for the tails. */
export function lossWidth(sampling: number, noise: number, tail: number): number {
  const { low, high } = ends(noise, tail)
  return lossAt(sampling, noise, high) - lossAt(sampling, noise, low)
}

/** Phi(-x) <= e^(-x^2 / 2): beyond these ends either distribution has less than the tail. */
function ends(noise: number, tail: number) {
  const reach = noise * Math.sqrt(-2 * log(tail))
  return { reach, low: -reach, high: 1 + reach }
}

function lossAt(sampling: number, noise: number, x: number): number {
  return sampledLoss(sampling, (2 * x - 1) / (2 * noise * noise))
}

/** log(1 - q + q e^y): the loss of a sampled round at an outcome whose loss is y without sampling. */
export function sampledLoss(sampling: number, y: number): number {
  const rest = 1 - sampling
  if (y > 0) return y + log(sampling + rest * exp(-y))
  if (y > -0.5) return log1p(sampling * expm1(y))
  return rest === 0 ? y : log(rest + sampling * exp(y))
}

/** The x of a loss; minus infinity for one that no x has. */
function outcomeAt(sampling: number, noise: number, loss: number): number {
  return noise * noise * (logGrown(sampling, loss) - log(sampling)) + 0.5
}

/** log(e^l - 1 + q). */
function logGrown(sampling: number, loss: number): number {
  const rest = 1 - sampling
  if (rest === 0) return loss
  if (loss > 1) return loss + log1p(-rest * exp(-loss))
  // Near the least loss, log(1 - q), what is left is small beside q: nothing may be rounded at the size of q.
  return log(Math.max(0, loss < -0.5 ? exp(loss) - rest : expm1(loss) + sampling))
}

/** A point as seen from a normal distribution: its side of the mean, and the tail beyond it. */
interface Edge {
  readonly above: boolean
  readonly tail: number
}

function edgeAt(noise: number, x: number): { readonly without: Edge; readonly alone: Edge } {
  return { without: edge(x / noise), alone: edge((x - 1) / noise) }
}

function edge(z: number): Edge {
  return { above: z > 0, tail: normalCdf(-Math.abs(z)) }
}

function between(a: Edge, b: Edge): number {
  const mass = a.above === b.above ? Math.abs(a.tail - b.tail) : 1 - a.tail - b.tail
  return Math.max(0, mass)
}

function within(mass: number, whole: number): number {
  return Math.min(whole, Math.max(0, mass))
}
