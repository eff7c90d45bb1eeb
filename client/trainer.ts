import { TacitError } from '@tacit/shared/errors'
import type { ModelFactory, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import type { Random } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { type ContributionPurpose, trainingFailed } from './contribution.js'
import { type TrainingExecutor, type TrainingWork, vectorOfNothing } from './executor.js'
import type { TrainingHistory } from './history.js'
import { checkPersonal, type PersonalStore, personalContext, personalKey } from './personal-state.js'
import { modelOfPlan } from './plan-model.js'

export interface TrainerOptions {
  readonly models: readonly ModelFactory[]
  readonly personal: PersonalStore
  readonly train: TrainingExecutor
  /** What the device learns from, in rows of the plan's catalogue. */
  readonly historyFor: (plan: RoundPlan) => Promise<TrainingHistory>
  readonly randomFor: (plan: RoundPlan, purpose: ContributionPurpose) => Random
  /** Told on the device alone. */
  readonly warn: (error: TacitError) => void
}

/**
 * Trains one device, and keeps the personal state that comes of it once its round counted. Whether training fails may
 * follow from the history, and a coordinator that could see it would learn who knows an item by spoiling the item's
 * row: a vector comes of training in every case.
 */
export class Trainer {
  readonly #options: TrainerOptions
  /** How often the personal state was deleted. */
  #forgotten = 0
  /** What training for a round made of it. */
  #trained: { readonly roundId: string; readonly key: string; readonly state: Float32Array } | undefined

  constructor(options: TrainerOptions) {
    this.#options = options
  }

  /**
   * What the device has to say in a round: nothing, in every segment, where training fails.
   * @returns words modulo 2^32, one per coordinate of the plan's layout
   * @throws only what follows from the plan and the platform, not from the history
   */
  async vectorOf(plan: RoundPlan, tensors: Tensors): Promise<Uint32Array> {
    const { models, randomFor } = this.#options
    const random = {
      rounding: randomFor(plan, 'rounding'),
      negatives: randomFor(plan, 'negatives'),
      training: randomFor(plan, 'training'),
      noise: randomFor(plan, 'noise'),
    }
    const model = modelOfPlan(plan, models)
    try {
      return await this.#trainOn({ plan, model, tensors, random })
    } catch (thrown) {
      this.#warn(thrown)
      return vectorOfNothing({ plan, random })
    }
  }

  /** The round counts: so does what was made of the personal state for it. */
  keep(roundId: string): void {
    const trained = this.#trained
    this.drop()
    if (trained?.roundId !== roundId) return
    try {
      this.#options.personal.save(trained.key, trained.state)
    } catch (thrown) {
      // How much there is to save follows from the history.
      this.#warn(thrown)
    }
  }

  /** What was trained is not to count. */
  drop(): void {
    this.#trained = undefined
  }

  forget(): void {
    this.#forgotten++
    this.drop()
    this.#options.personal.clear()
  }

  async #trainOn(round: Omit<TrainingWork, keyof TrainingHistory>): Promise<Uint32Array> {
    const { plan, model } = round
    const { historyFor, personal, train } = this.#options
    const work = await historyFor(plan)
    const key = personalKey(model, plan.catalogue.hash)
    const context = personalContext(model, work.history.length, personal, key)
    const forgotten = this.#forgotten
    const { vector, failed } = await train({
      ...round,
      ...work,
      ...((work.context || context) && { context: { ...work.context, ...context } }),
    })
    const size = layoutSize(plan.layout)
    if (vector.length !== size) {
      throw new TacitError('TACIT_TRAINING_FAILED', {
        problem: `${vector.length} words came of it, not ${size}`,
      })
    }
    if (failed) this.#warn(failed)
    // What was deleted while it trained must not come back.
    else if (context && this.#forgotten === forgotten) this.#hold(plan.roundId, key, context.personal)
    return vector
  }

  /** Until the round counts. A state out of bounds is no good to anybody, nor is the one that it came from. */
  #hold(roundId: string, key: string, state: Float32Array): void {
    try {
      checkPersonal(state)
      this.#trained = { roundId, key, state }
    } catch (thrown) {
      this.#options.personal.clear()
      this.#warn(thrown)
    }
  }

  #warn(thrown: unknown): void {
    this.#options.warn(trainingFailed(thrown))
  }
}
