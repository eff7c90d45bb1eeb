import { contribute } from '@tacit/client'
import type { Model, Tensors } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { type Purpose, SeededRandom } from '@tacit/shared/random'
import { layoutSize } from '@tacit/shared/update'
import { type SharedSplit, trainingHistory } from './worker-data.js'

/** Seeded draws of one device in one round, by purpose. */
export function seededSources(seed: number, round: number, device: number) {
  const source = (purpose: Purpose) => new SeededRandom({ seed, round, device, purpose })
  return { training: source('training'), negatives: source('negatives'), rounding: source('rounding') }
}

/** Sums the vectors of many devices into one, as a gateway does, without ever making a single vector. */
export function sumContributions(
  split: SharedSplit,
  model: Model,
  tensors: Tensors,
  plan: RoundPlan,
  seed: number,
  devices: Int32Array,
): Uint32Array<ArrayBuffer> {
  const into = new Uint32Array(layoutSize(plan.layout))
  for (const device of devices) {
    const heldOut = split.validation[device]!
    contribute({
      model,
      tensors,
      history: trainingHistory(split, device),
      heldOut: heldOut < 0 ? undefined : heldOut,
      plan,
      random: seededSources(seed, plan.round, device),
      into,
    })
  }
  return into
}
