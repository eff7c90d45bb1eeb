import { type DrawnGroups, drawGroups as drawPlainly, type GroupDraws, isCrowded } from './group-draws.js'
import type { ModuleMemory } from './simd-memory.js'

export interface SamplingExports {
  drawGroups(
    rows: number,
    touched: number,
    positives: number,
    barred: number,
    bars: number,
    size: number,
    negatives: number,
    words: number,
    end: number,
    samples: number,
    mixed: number,
    places: number,
    turns: number,
  ): number
}

/** Rows for each sample at most: a call clears a place for every row, which a short history is not worth. */
const ROWS_PER_SAMPLE = 16

export function drawInModule(
  run: SamplingExports,
  memory: ModuleMemory,
  draws: GroupDraws,
): DrawnGroups | undefined {
  const { rows, touched, positives, barred, size, negatives, words, samples, mixed } = draws
  if (size > ROWS_PER_SAMPLE * samples.length || isCrowded(draws)) return drawPlainly(draws)
  const most = Math.min(size, touched + positives * negatives)
  // The module would write beyond it.
  if (rows.length < most) throw new RangeError(`room for ${rows.length} of ${most} rows`)
  const lentRows = memory.placeOf(rows)
  const lentWords = memory.placeOf(words)
  const lentSamples = memory.placeOf(samples)
  memory.begin()
  const r = lentRows ?? memory.take(4 * most)
  const b = memory.take(4 * barred.length)
  const w = lentWords ?? memory.take(words.byteLength)
  const s = lentSamples ?? memory.take(4 * samples.length)
  const places = memory.take(4 * size)
  const turns = memory.take(4 * Math.max(1, positives))
  if (!memory.hasRoom()) return drawPlainly(draws)
  const { integers } = memory
  if (lentRows === undefined) integers.set(rows.subarray(0, touched), r / 4)
  integers.set(barred, b / 4)
  if (lentWords === undefined) memory.words.set(words, w / 4)
  const end = w + words.byteLength
  // The module writes to the place after the last row.
  const afterRows = r / 4 + most
  const after = integers[afterRows]!
  const now = run.drawGroups(
    r,
    touched,
    positives,
    b,
    barred.length,
    size,
    negatives,
    w,
    end,
    s,
    mixed ? 1 : 0,
    places,
    turns,
  )
  integers[afterRows] = after
  if (now >= 0) {
    if (lentRows === undefined) rows.set(integers.subarray(r / 4, r / 4 + now))
    if (lentSamples === undefined) samples.set(integers.subarray(s / 4, s / 4 + samples.length))
  }
  const taken = (integers[turns / 4]! - w) / 4
  memory.wipe()
  return now < 0 ? undefined : { touched: now, taken }
}
