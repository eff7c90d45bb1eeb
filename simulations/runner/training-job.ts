import { type ContributionPurpose, contribute } from '@tacit/client/contribution'
import { kernels } from '@tacit/shared/kernels'
import type { Model, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { type Purpose, SeededRandom } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { keepTable } from './kept-table.js'
import { type PersonalStates, personalOf } from './personal-states.js'
import { heldOutOf, type TrainingSplit, trainingContext, trainingHistory } from './worker-data.js'

/** Seeded draws of one device in one round, by purpose: made where they are asked for, as most rounds ask for two. */
class SeededSources implements Readonly<Record<ContributionPurpose, SeededRandom>> {
  readonly #seed: number
  readonly #round: number
  readonly #device: number

  constructor(seed: number, round: number, device: number) {
    this.#seed = seed
    this.#round = round
    this.#device = device
  }

  get training() {
    return this.#source('training')
  }

  get negatives() {
    return this.#source('negatives')
  }

  get rounding() {
    return this.#source('rounding')
  }

  get noise() {
    return this.#source('noise')
  }

  #source(purpose: Purpose): SeededRandom {
    return new SeededRandom({ seed: this.#seed, round: this.#round, device: this.#device, purpose })
  }
}

/** What devices train in one round, and from what. */
export interface RoundTraining {
  readonly split: TrainingSplit
  readonly model: Model
  readonly personal: PersonalStates | undefined
  readonly tensors: Tensors
  readonly plan: RoundPlan
  readonly seed: number
  readonly devices: Iterable<number>
  /** What their updates weigh, where they are stale. */
  readonly weight?: number | undefined
}

/** Adds the vectors of many devices to one, as a gateway does, without ever making a single vector. */
export function sumContributions(training: RoundTraining, into: Uint32Array): void {
  keepTable(training.model, training.tensors)
  // Noise and rounding under a norm are added here and now, into sums that nobody else may hold.
  const release = training.plan.privacy ? () => {} : kernels().holdSums(into)
  try {
    for (const device of training.devices) addContribution(training, device, into)
  } finally {
    release()
  }
}

/** The vectors of many devices, one after another. */
export function eachContribution(
  training: RoundTraining & { readonly devices: Int32Array },
): Uint32Array<ArrayBuffer> {
  const length = layoutSize(training.plan.layout)
  const vectors = new Uint32Array(length * training.devices.length)
  keepTable(training.model, training.tensors)
  training.devices.forEach((device, index) => {
    addContribution(training, device, vectors.subarray(index * length, (index + 1) * length))
  })
  return vectors
}

function addContribution(training: RoundTraining, device: number, into: Uint32Array): void {
  const { split, model, personal, tensors, plan, seed, weight } = training
  const { heldOut, candidates } = heldOutOf(split, device)
  const { failed } = contribute({
    model,
    tensors,
    history: trainingHistory(split, device),
    heldOut,
    candidates,
    plan,
    random: new SeededSources(seed, plan.round, device),
    context: trainingContext(split, device, personal && personalOf(personal, device)),
    weight,
    into,
  })
  // A device keeps it to itself; a simulation must not go on as if nothing had happened.
  if (failed) throw failed
}
