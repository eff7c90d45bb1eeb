import { TacitError } from '@tacit/shared/errors'
import {
  checkTensors,
  type DeviceContext,
  gainAt,
  hitAt,
  type Model,
  pessimisticRank,
  type Tensors,
} from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { Draws, type Random } from '@tacit/shared/random'
import {
  addQuantised,
  clipUpdate,
  type DeviceEvaluation,
  layoutSize,
  METRICS_SEGMENT,
  metricValues,
  type Update,
} from '@tacit/shared/update'

/** What a contribution draws for. Each purpose has a source of its own. */
export type ContributionPurpose = 'rounding' | 'negatives' | 'training'

export interface Contribution {
  readonly model: Model
  /** The global model of the round. */
  readonly tensors: Tensors
  /** Distinct catalogue rows in order of first event. */
  readonly history: Int32Array
  /** The row that the device evaluates on; it is left out of training wherever it stands in `history`. */
  readonly heldOut?: number | undefined
  /** The rows that `heldOut` is ranked among; without them the device draws 99 that it has no event of. */
  readonly candidates?: Int32Array | undefined
  /** What else the device knows. Its personal state is changed in place. */
  readonly context?: DeviceContext | undefined
  /** What the update is multiplied by before it is clipped, in (0, 1]: less than 1 where it is stale. */
  readonly weight?: number | undefined
  readonly plan: Pick<RoundPlan, 'block' | 'catalogue' | 'layout' | 'quantisationBits'>
  readonly random: Readonly<Record<ContributionPurpose, Random>>
  /** Words modulo 2^32 to add to, one per coordinate of the layout. */
  readonly into: Uint32Array
}

const NEGATIVES = 99
const CUT_OFF = 10

/**
 * What one device has to say in one round: train, evaluate, clip, quantise, add. A device adds to zeros; a
 * simulation may add many devices into one accumulator and gets the sum of their vectors, bit for bit.
 * @throws TACIT_TRAINING_FAILED when the update is not made of numbers, TACIT_UPDATE_MISMATCH when `into`
 *   does not fit the layout, TACIT_MODEL_INVALID when the tensors are not the model's; nothing has been added then
 */
export function contribute(contribution: Contribution): void {
  const { model, tensors, plan, random, into } = contribution
  checkSize(plan.layout, into)
  checkTensors(model, tensors)
  const { history, context } = withoutHeldOut(contribution)
  const segments = plan.layout.filter((segment) => segment.name !== METRICS_SEGMENT)
  // Before training, which changes the personal state: what is evaluated is the model that the device was sent.
  const evaluation = evaluateHeldOut(contribution, history, context)
  const update = model.train(tensors, history, plan.block, random.training, context)
  if (contribution.weight !== undefined) weigh(update, contribution.weight)
  const clipped = clipUpdate(update, segments)
  const metrics = { values: metricValues(segments, clipped, evaluation) }
  addQuantised(
    { ...update, [METRICS_SEGMENT]: metrics },
    plan.layout,
    plan.quantisationBits,
    random.rounding,
    into,
  )
  model.recycle?.(update)
}

function weigh(update: Update, weight: number): void {
  for (const { values } of Object.values(update)) {
    for (let i = 0; i < values.length; i++) values[i]! *= weight
  }
}

/** The device's own evaluation of the model it was sent, on an event that this model's training left out. */
function evaluateHeldOut(
  contribution: Contribution,
  history: Int32Array,
  context: DeviceContext | undefined,
): DeviceEvaluation | undefined {
  const { model, tensors, heldOut, plan, random } = contribution
  if (heldOut === undefined || history.length === 0) return undefined
  const candidates = contribution.candidates
    ? Int32Array.of(heldOut, ...contribution.candidates)
    : drawCandidates(plan.catalogue.items, history, heldOut, new Draws(random.negatives))
  const scores = model.score(tensors, history, candidates, context)
  const rank = pessimisticRank(scores[0]!, scores.subarray(1))
  return { hit: hitAt(rank, CUT_OFF), gain: gainAt(rank, CUT_OFF) }
}

/** The held-out row, then up to 99 distinct rows that the device has no event of. */
function drawCandidates(items: number, history: Int32Array, heldOut: number, draws: Draws): Int32Array {
  const taken = new Uint8Array(items)
  for (const row of history) taken[row] = 1
  taken[heldOut] = 1
  const negatives = Math.min(NEGATIVES, items - history.length - 1)
  const candidates = new Int32Array(1 + negatives)
  candidates[0] = heldOut
  // Where there are no more than are wanted, all are taken as they stand: there is nothing to draw.
  for (let filled = 1, next = 0; filled <= negatives; ) {
    const row = negatives < NEGATIVES ? next++ : draws.below(items)
    if (taken[row] === 1) continue
    taken[row] = 1
    candidates[filled++] = row
  }
  return candidates
}

/** History and weights without the row that is held out, wherever it stands. */
function withoutHeldOut({ history, heldOut, context }: Contribution): {
  readonly history: Int32Array
  readonly context: DeviceContext | undefined
} {
  if (heldOut === undefined || !history.includes(heldOut)) return { history, context }
  const weights = context?.weights?.filter((_, i) => history[i] !== heldOut)
  return {
    history: history.filter((row) => row !== heldOut),
    context: weights ? { ...context, weights } : context,
  }
}

function checkSize(layout: RoundPlan['layout'], into: Uint32Array): void {
  const size = layoutSize(layout)
  if (into.length === size) return
  throw new TacitError('TACIT_UPDATE_MISMATCH', { problem: `${into.length} words for ${size} coordinates` })
}
