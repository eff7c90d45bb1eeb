import { checkTensors, type DeviceContext, type Model, type Tensors } from '@tacit/shared/model'

export interface RecommendOptions {
  /** Rows of the catalogue. */
  readonly items: number
  /** Recommendations wanted; fewer come where the catalogue has no more. */
  readonly count: number
  /** Rows not to recommend; by default those of the history. */
  readonly exclude?: Iterable<number>
  readonly context?: DeviceContext | undefined
}

export interface RankedRow {
  readonly row: number
  readonly score: number
}

/**
 * Ranks the catalogue for one history, best first; equal scores by row. Nothing leaves the device.
 * @throws TACIT_MODEL_INVALID when the tensors are not the model's
 */
export function recommend(
  model: Model,
  tensors: Tensors,
  history: Int32Array,
  { items, count, exclude = history, context }: RecommendOptions,
): RankedRow[] {
  checkTensors(model, tensors)
  const excluded = new Set(exclude)
  const rows: number[] = []
  for (let row = 0; row < items; row++) if (!excluded.has(row)) rows.push(row)
  const scores = model.score(tensors, history, Int32Array.from(rows), context)
  return rows
    .map((row, index) => ({ row, score: scores[index]! }))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, Math.max(0, count))
}
