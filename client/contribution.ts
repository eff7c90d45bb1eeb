import { addNoise, noiseTable } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import { kernels } from '@tacit/shared/kernels'
import {
  checkTensors,
  type DeviceContext,
  gainAt,
  hitAt,
  type Model,
  pessimisticRank,
  type Tensors,
} from '@tacit/shared/model'
import type { NoisePlan, RoundPlan } from '@tacit/shared/protocol'
import { Draws, type Random } from '@tacit/shared/random'
import {
  addBounded,
  addQuantised,
  addRotated,
  clipJointly,
  clipUpdate,
  type DeviceEvaluation,
  JOINT_CLIP,
  type Layout,
  METRICS_SEGMENT,
  metricValues,
  type SegmentValues,
  segmentSize,
  segmentWidth,
  type Update,
} from '@tacit/shared/update'
import { plannedVector } from './planned-vector.js'

/** What a contribution draws for. Each purpose has a source of its own. */
export type ContributionPurpose = 'rounding' | 'negatives' | 'training' | 'noise'

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
  /** What else the device knows. Its personal state is changed in place, or written where it is to be. */
  readonly context?: DeviceContext | undefined
  /** What the update is multiplied by before it is clipped, in (0, 1]: less than 1 where it is stale. */
  readonly weight?: number | undefined
  readonly plan: Pick<RoundPlan, 'block' | 'catalogue' | 'roundId'> & NoisePlan
  readonly random: Readonly<Record<ContributionPurpose, Random>>
  /** Words modulo 2^32 to add to, one per coordinate of the layout. */
  readonly into: Uint32Array
}

/** An update with nothing in any segment. */
const NOTHING: Update = {}
const NEGATIVES = 99
const CUT_OFF = 10

/** What came of a contribution. */
export interface Contributed {
  /**
   * Why training failed, and nothing of the history was added; the personal state is not to be kept. Whether it failed
   * may follow from the history: nobody but the device itself may hear of it.
   */
  readonly failed?: TacitError
}

/**
 * What one device has to say in one round: train, evaluate, clip, quantise, add. A device adds to zeros; a
 * simulation may add many devices into one accumulator and gets the sum of their vectors, bit for bit.
 *
 * Whatever goes wrong with the history, the device says as much as one without any events: nothing, in every segment.
 * @throws TACIT_UPDATE_MISMATCH when `into` does not fit the layout, TACIT_MODEL_INVALID when the tensors are not the
 *   model's: neither follows from the history, and nothing has been added then
 */
export function contribute(contribution: Contribution): Contributed {
  const { model, tensors, plan, into } = contribution
  checkSize(plan, into)
  checkTensors(model, tensors)
  return kernels().lending(() => {
    const { update, failed } = attempt(contribution)
    addUpdate(update, contribution)
    return failed ? { failed } : {}
  })
}

/**
 * The contribution of a device whose training came to nothing.
 * @throws TACIT_UPDATE_MISMATCH when `into` does not fit the layout
 */
export function contributeNothing(contribution: Pick<Contribution, 'plan' | 'random' | 'into'>): void {
  checkSize(contribution.plan, contribution.into)
  addUpdate(NOTHING, contribution)
}

/** The last step of every contribution, of a failed one too: what is added to vectors is added to all of them. */
function addUpdate(update: Update, { plan, random, into }: Pick<Contribution, 'plan' | 'random' | 'into'>) {
  const { grid, noise, signs } = plannedVector(plan)
  if (!noise) {
    addQuantised(update, plan.layout, grid, random.rounding, into)
    return
  }
  const { l2: bound } = noise
  if (signs) addRotated(update, plan.layout, grid, { bound, signs, random: random.rounding }, into)
  else addBounded(update, plan.layout, grid, bound, random.rounding, into)
  if (noise.deviceVariance > 0)
    addNoise(noiseTable(noise.mechanism, noise.deviceVariance), random.noise, into)
}

/** What the device has to say, or why it cannot: half of an update is never said. */
function attempt(contribution: Contribution): { readonly update: Update; readonly failed?: TacitError } {
  try {
    return { update: trainedUpdate(contribution) }
  } catch (thrown) {
    const { personal, trained } = contribution.context ?? {}
    // The device's vector counts all the same: its state is what it was, and not half of another.
    if (personal) trained?.set(personal)
    return { update: NOTHING, failed: trainingFailed(thrown) }
  }
}

/** The error that stands for what was thrown in training, whatever that was. */
export function trainingFailed(thrown: unknown): TacitError {
  if (thrown instanceof TacitError && thrown.code === 'TACIT_TRAINING_FAILED') return thrown
  const problem = thrown instanceof Error ? thrown.message : String(thrown)
  return new TacitError('TACIT_TRAINING_FAILED', { problem })
}

/** Everything that the device reports, clipped. */
function trainedUpdate(contribution: Contribution): Update {
  const { model, tensors, plan, random } = contribution
  const { history, context } = withoutHeldOut(contribution)
  const { segments } = plannedVector(plan)
  // Before training, which changes the personal state: what is evaluated is the model that the device was sent.
  const evaluation = evaluateHeldOut(contribution, history, context)
  const update = model.train(tensors, history, plan.block, random.training, context)
  checkShapes(update, segments)
  if (contribution.weight !== undefined) weigh(update, contribution.weight)
  const { privacy } = plan
  const clipped = privacy ? clippedJointly(update, segments, privacy.clip) : clipUpdate(update, segments)
  const metrics = { values: metricValues(segments, clipped, evaluation, privacy !== undefined) }
  return withSegment(update, METRICS_SEGMENT, metrics)
}

/** Property by property: a spread with a name that is not known before takes as long as clipping does. */
function withSegment(update: Update, name: string, values: SegmentValues): Update {
  const more: Record<string, SegmentValues> = {}
  for (const segment in update) more[segment] = update[segment]!
  more[name] = values
  return more
}

/** What is quantised is written where rows and lengths say: none may lie outside its segment. */
function checkShapes(update: Update, segments: Layout): void {
  for (const segment of segments) {
    const part = update[segment.name]
    if (part === undefined) continue
    const { rows, values } = part
    const expected = rows ? rows.length * segmentWidth(segment) : segmentSize(segment)
    if (values.length !== expected || (rows && !areWithin(rows, segment.shape[0]!)))
      throw new TacitError('TACIT_TRAINING_FAILED', { problem: `${segment.name} has another shape` })
  }
}

function areWithin(rows: Int32Array, count: number): boolean {
  // As a number without sign what is below zero is large: one comparison a row.
  for (let r = 0; r < rows.length; r++) if (rows[r]! >>> 0 >= count) return false
  return true
}

function clippedJointly(update: Update, segments: Layout, clip: number): ReadonlySet<string> {
  return new Set(clipJointly(update, segments, clip) ? [JOINT_CLIP] : [])
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
    ? withTarget(heldOut, contribution.candidates)
    : drawCandidates(plan.catalogue.items, history, heldOut, new Draws(random.negatives))
  const scores = model.score(tensors, history, candidates, context)
  const rank = pessimisticRank(scores[0]!, scores.subarray(1))
  return { hit: hitAt(rank, CUT_OFF), gain: gainAt(rank, CUT_OFF) }
}

function withTarget(heldOut: number, others: Int32Array): Int32Array {
  const candidates = kernels().integers(1 + others.length)
  candidates[0] = heldOut
  candidates.set(others, 1)
  return candidates
}

/** The held-out row, then up to 99 distinct rows that the device has no event of. */
function drawCandidates(items: number, history: Int32Array, heldOut: number, draws: Draws): Int32Array {
  const taken = new Uint8Array(items)
  for (const row of history) taken[row] = 1
  taken[heldOut] = 1
  const negatives = Math.min(NEGATIVES, items - history.length - 1)
  const candidates = kernels().integers(1 + negatives)
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

function checkSize(plan: Contribution['plan'], into: Uint32Array): void {
  const { size } = plannedVector(plan)
  if (into.length === size) return
  throw new TacitError('TACIT_UPDATE_MISMATCH', { problem: `${into.length} words for ${size} coordinates` })
}
