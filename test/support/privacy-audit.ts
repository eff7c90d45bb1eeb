import { makePlan, type RoundLimits } from '@tacit/coordinator/round'
import { modelOf, privateBits, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import { epsilonOf } from '@tacit/shared/dp'
import { gridOf, guardedEvent, type PlanPrivacy, releasedEvent, roundNoise } from '@tacit/shared/protocol'
import { SeededRandom } from '@tacit/shared/random'
import { dequantise, layoutSize, liftSum } from '@tacit/shared/update'
import { contribute, contributeNothing } from '../../client/contribution.js'
import { addCoordinatorNoise } from '../../coordinator/task/coordinator-noise.js'

const ITEMS = 6
/** What the canary is tested on; the model ranks it first, so that its metrics are as long as they can be. */
const HELD_OUT = 5
const MINIMUM = 3
/** One of the smallest cohort colludes: it adds no noise, and what it says is taken away again. */
const ADVERSARIAL = 1 / 3

const LIMITS: RoundLimits = {
  goalCount: MINIMUM,
  overSelection: 1,
  minimumCount: MINIMUM,
  largestGroup: 10,
  uploadsInFlight: 10,
  joinDeadlineMs: 1,
  stepDeadlineMs: 1,
  phaseDeadlineMs: 1,
  uploadDeadlineMs: 1,
  chunkBytes: 1024,
}

interface Audited {
  readonly mode: PlanPrivacy['mode']
  readonly mechanism: PlanPrivacy['mechanism']
  readonly noiseMultiplier: number
}

/**
 * One round in which a canary takes part, whose update is as long as the clip lets it, or in which the same device has
 * nothing to say. What an attacker knows it knows: the canary's update, and so the direction to look in.
 */
export class CanaryRound {
  readonly #plan
  readonly #model
  readonly #tensors
  readonly #direction: Float64Array
  readonly #others: number

  constructor({ mode, mechanism, noiseMultiplier }: Audited) {
    const task: TaskDefinition = {
      ...TASK_DEFAULTS,
      name: 'audit',
      model: 'popularity',
      population: MINIMUM,
      share: 1,
      catalogue: { hash: '0'.repeat(64), items: ITEMS },
      secureSum: 'plain',
      quantisationBits: privateBits(noiseMultiplier),
      privacy: { mode, mechanism, noiseMultiplier, clip: 1.5, sampling: 1, adversarial: ADVERSARIAL },
    }
    const round = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: MINIMUM }
    this.#model = modelOf(task)
    this.#plan = makePlan(task, this.#model, LIMITS, round)
    const values = Float32Array.from({ length: ITEMS }, (_, item) => (item === HELD_OUT ? 1 : 0))
    this.#tensors = { itemShare: { shape: [ITEMS, 1], values } }
    // Before the coordinator, a device has in `local` its own noise alone; otherwise that of all who do not collude.
    this.#others = mode === 'local' ? 0 : Math.round((1 - ADVERSARIAL) * MINIMUM) - 1
    this.#direction = this.canaryVector(0)
  }

  /** What the accountant says of one such round, before the coordinator where it is not the one that adds noise. */
  claim(delta: number): number {
    const event = guardedEvent(this.#plan) ?? releasedEvent(this.#plan)!
    return epsilonOf([event], delta, 'rdp')
  }

  /** What the accountant takes for the longest vector, in steps. */
  get longest(): number {
    return roundNoise(this.#plan)!.l2
  }

  /** The canary's length over the largest there can be: 1 is the worst case. */
  get canaryShare(): number {
    return Math.hypot(...this.#direction) / gridOf(this.#plan).limit
  }

  /** The released sum's projection on the canary's update, in steps. */
  statistic(isIn: boolean, seed: number): number {
    const { layout } = this.#plan
    const real = dequantise(this.#noisySum(isIn, seed), layout, gridOf(this.#plan))
    const { scales } = gridOf(this.#plan)
    const steps = layout.flatMap(({ name }, i) => Array.from(real[name]!, (x) => x * scales[i]!))
    const along = steps.reduce((sum, x, j) => sum + x * this.#direction[j]!, 0)
    return along / Math.hypot(...this.#direction)
  }

  #noisySum(isIn: boolean, seed: number): Float64Array {
    const into = new Uint32Array(layoutSize(this.#plan.layout))
    if (isIn) this.#contribute(Int32Array.of(0, 1, 2, 3, 4), 0, seed, into)
    else contributeNothing({ plan: this.#plan, random: randomOf(0, seed), into })
    for (let other = 1; other <= this.#others; other++)
      this.#contribute(Int32Array.of(0, 5), other, seed, into)
    const sums = liftSum(into, this.#plan.modulusBits)
    addCoordinatorNoise(
      this.#plan,
      sums,
      this.#others + 1,
      new SeededRandom({ seed, device: 99, purpose: 'noise' }),
    )
    return sums
  }

  #contribute(history: Int32Array, device: number, seed: number, into: Uint32Array): void {
    const evaluation = device === 0 ? { heldOut: HELD_OUT } : {}
    const random = randomOf(device, seed)
    const plan = this.#plan
    contribute({ model: this.#model, tensors: this.#tensors, plan, history, ...evaluation, random, into })
  }

  /** The canary's own vector, without noise. */
  canaryVector(seed: number): Float64Array {
    const plan = { ...this.#plan, privacy: { ...this.#plan.privacy!, mode: 'central' as const } }
    const into = new Uint32Array(layoutSize(plan.layout))
    const [model, tensors] = [this.#model, this.#tensors]
    const history = Int32Array.of(0, 1, 2, 3, 4)
    contribute({ model, tensors, plan, history, heldOut: HELD_OUT, random: randomOf(0, seed), into })
    return liftSum(into, 32)
  }
}

function randomOf(device: number, seed: number) {
  const at = { seed, round: 1, device }
  return {
    rounding: new SeededRandom({ ...at, purpose: 'rounding' }),
    negatives: new SeededRandom({ ...at, purpose: 'negatives' }),
    training: new SeededRandom({ ...at, purpose: 'training' }),
    noise: new SeededRandom({ ...at, purpose: 'noise' }),
  }
}

export interface Samples {
  readonly without: Float64Array
  readonly with: Float64Array
}

/** Independent runs of both worlds. */
export function samplesOf(round: CanaryRound, runs: number): Samples {
  return {
    without: Float64Array.from({ length: runs }, (_, run) => round.statistic(false, 2 * run)),
    with: Float64Array.from({ length: runs }, (_, run) => round.statistic(true, 2 * run + 1)),
  }
}
