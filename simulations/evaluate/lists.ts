/** Length of the lists that are looked at as a whole. */
export const LIST_LENGTH = 10

/** What the lists of all cases are like together. All in [0, 1]. */
export interface ListMetrics {
  /** Share of the catalogue that is recommended to anyone. */
  readonly 'coverage@10': number
  /** 0 where every item is recommended equally often, near 1 where always the same few are. */
  readonly 'gini@10': number
  /** Share of the recommendations that fall on the most popular tenth of the catalogue. */
  readonly 'popularity-share@10': number
}

/** Of the items that most devices train on, the share that counts as popular. */
const POPULAR = 0.1

/**
 * - Coverage: catalogue coverage (Ge, Delgado-Battenfeld and Jannach 2010, "Beyond accuracy").
 * - Gini: of how often each of the n items of the catalogue is recommended, x ascending from i = 1:
 *   sum_i (2i - n - 1) x_i / (n sum_i x_i) (as in Fleder and Hosanagar 2009, "Blockbuster culture's next rise or fall").
 * - Popularity share: recommendations of the ceil(n / 10) items that most devices train on, equals by row, over all
 *   (the short head of Cremonesi, Koren and Turrin 2010, here a tenth of the items).
 *
 * @param lists rows of the catalogue, -1 for a place that is left empty
 * @param trained of each item of the catalogue, the devices that train on it
 * @returns zeros where nothing is recommended
 */
export function listMetrics(lists: Int32Array, trained: Int32Array): ListMetrics {
  const shown = new Int32Array(trained.length)
  let all = 0
  for (const row of lists) {
    if (row < 0) continue
    shown[row]!++
    all++
  }
  if (all === 0) return { 'coverage@10': 0, 'gini@10': 0, 'popularity-share@10': 0 }
  const covered = shown.reduce((sum, times) => sum + (times > 0 ? 1 : 0), 0)
  const popular = mostTrained(trained).reduce((sum, row) => sum + shown[row]!, 0)
  return {
    'coverage@10': covered / trained.length,
    'gini@10': gini(shown, all),
    'popularity-share@10': popular / all,
  }
}

function gini(values: Int32Array, sum: number): number {
  const n = values.length
  const weighted = values.toSorted().reduce((total, value, i) => total + (2 * (i + 1) - n - 1) * value, 0)
  return weighted / (n * sum)
}

function mostTrained(trained: Int32Array): Int32Array {
  const rows = Int32Array.from(trained.keys())
  rows.sort((a, b) => trained[b]! - trained[a]! || a - b)
  return rows.subarray(0, Math.ceil(trained.length * POPULAR))
}
