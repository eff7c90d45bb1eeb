import { type Model, pessimisticRank, type Tensors } from '@tacit/shared/model'
import { keptOf, type PersonalStates } from '../runner/personal-states.js'
import { type SharedSplit, trainingHistory } from '../runner/worker-data.js'

/** Who is asked, with what. */
export interface Population {
  readonly split: SharedSplit
  readonly model: Model
  readonly personal: PersonalStates | undefined
}

export type Target = 'validation' | 'test'

/**
 * Ranks of the targets of devices [from, to), 0 where a device has none. At test time the device folds in
 * all that came before the test item, validation included (DESIGN section 7).
 */
export function targetRanks(
  { split, model, personal }: Population,
  tensors: Tensors,
  target: Target,
  candidates: 'sampled' | 'full',
  from: number,
  to: number,
): Int32Array<ArrayBuffer> {
  const ranks = new Int32Array(to - from)
  const targets = target === 'test' ? split.test : split.validation
  for (let device = from; device < to; device++) {
    const item = targets[device]!
    if (item < 0) continue
    const history = foldedIn(split, device, target)
    const others =
      candidates === 'sampled' ? negatives(split, device, target) : allBut(split.items, history, item)
    const context = personal && { personal: keptOf(personal, device) }
    const scores = model.score(tensors, history, withTarget(item, others), context)
    ranks[device - from] = pessimisticRank(scores[0]!, scores.subarray(1))
  }
  return ranks
}

function foldedIn(split: SharedSplit, device: number, target: Target): Int32Array {
  const train = trainingHistory(split, device)
  const validation = split.validation[device]!
  return target === 'test' && validation >= 0 ? Int32Array.of(...train, validation) : train
}

function negatives(split: SharedSplit, device: number, target: Target): Int32Array {
  const all = target === 'test' ? split.testNegatives : split.validationNegatives
  const own = all.subarray(device * split.perDevice, (device + 1) * split.perDevice)
  return own.includes(-1) ? own.filter((item) => item >= 0) : own
}

/** Every item but those folded in and the target itself, which is put first by the caller. */
function allBut(items: number, history: Int32Array, target: number): Int32Array {
  const known = new Uint8Array(items)
  for (const item of history) known[item] = 1
  known[target] = 1
  const others = new Int32Array(items)
  let count = 0
  for (let item = 0; item < items; item++) if (known[item] === 0) others[count++] = item
  return others.subarray(0, count)
}

function withTarget(target: number, others: Int32Array): Int32Array {
  const candidates = new Int32Array(others.length + 1)
  candidates[0] = target
  candidates.set(others, 1)
  return candidates
}
