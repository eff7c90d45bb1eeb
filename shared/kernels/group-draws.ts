/**
 * Rows drawn for a device that trains by samples: for each row of its history a group of that row and of others that are
 * neither its own nor barred. Rows are numbers in [0, size); samples name them by their places among those touched.
 */
export interface GroupDraws {
  /**
   * Distinct rows touched so far, the history's first; what is touched now follows. Room for all that may be: numbers
   * after those touched may be anything.
   */
  readonly rows: Int32Array
  readonly touched: number
  /** So many of the first rows are the history's. */
  readonly positives: number
  /** Distinct rows that are none of those and not to be drawn. */
  readonly barred: Int32Array
  readonly size: number
  /** Distinct rows drawn for each of the history's: no more than there are free. */
  readonly negatives: number
  /** Where draws come from, one after another: a draw below n is floor(word * n / 2^32). */
  readonly words: Uint32Array
  /** Room for a group of 1 + negatives places for each of the history's. Groups follow in random order. */
  readonly samples: Int32Array
  /** Samples are put into random order in the end, whatever their groups. */
  readonly mixed: boolean
}

export interface DrawnGroups {
  /** Rows touched now. */
  readonly touched: number
  /** Words taken. */
  readonly taken: number
}

/** A pool of free rows is listed where fewer than this share of all is free: tries at random would be many. */
const CROWDED = 1 / 8
/** Of rows: neither touched nor barred, and barred. */
const FREE = -1
const BARRED = -2

/** Of each row its place among those touched, or FREE or BARRED. Between calls all are free. */
let places = new Int32Array(0)

/** How many rows may be drawn. */
export function freeRows({ size, positives, barred }: Pick<GroupDraws, 'size' | 'positives' | 'barred'>) {
  return size - positives - barred.length
}

export function isCrowded(draws: GroupDraws): boolean {
  return freeRows(draws) < draws.size * CROWDED
}

/** See `drawGroups` in ./kernels.ts. */
export function drawGroups(draws: GroupDraws): DrawnGroups | undefined {
  const { rows, barred, size, touched } = draws
  if (places.length < size) places = new Int32Array(size).fill(FREE)
  for (let place = 0; place < touched; place++) places[rows[place]!] = place
  for (const row of barred) places[row] = BARRED
  const drawing = new Drawing(draws)
  try {
    return drawing.run() ? { touched: drawing.touched, taken: drawing.taken } : undefined
  } finally {
    for (let place = 0; place < drawing.touched; place++) places[rows[place]!] = FREE
    for (const row of barred) places[row] = FREE
  }
}

class Drawing {
  readonly #draws: GroupDraws
  readonly #pool: Int32Array | undefined
  touched: number
  taken = 0

  constructor(draws: GroupDraws) {
    this.#draws = draws
    this.touched = draws.touched
    if (isCrowded(draws)) this.#pool = poolOf(draws)
  }

  /** Answers whether there were words enough. */
  run(): boolean {
    const { positives, negatives, samples, words, mixed } = this.#draws
    const turns = Int32Array.from({ length: positives }, (_, positive) => positive)
    this.#shuffle(turns)
    let at = 0
    for (const positive of turns) {
      const group = at + 1
      samples[at++] = positive
      while (at < group + negatives) {
        if (this.taken >= words.length) return false
        const place = this.#drawPlace()
        if (place >= positives && !isAmong(samples, group, at, place)) samples[at++] = place
      }
    }
    if (mixed) this.#shuffle(samples.subarray(0, at))
    return this.taken <= words.length
  }

  #drawPlace(): number {
    const { rows, size } = this.#draws
    const drawn = this.#below(this.#pool?.length ?? size)
    const row = this.#pool ? this.#pool[drawn]! : drawn
    if (places[row] === FREE) {
      places[row] = this.touched
      rows[this.touched++] = row
    }
    return places[row]!
  }

  /** Fisher-Yates. */
  #shuffle(values: Int32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.#below(i + 1)
      const value = values[j]!
      values[j] = values[i]!
      values[i] = value
    }
  }

  #below(n: number): number {
    return Math.floor((this.#draws.words[this.taken++] ?? 0) * n * 2 ** -32)
  }
}

function poolOf({ rows, positives, size }: GroupDraws): Int32Array {
  // Rows drawn before may be drawn again.
  const own = new Set(rows.subarray(0, positives))
  const pool: number[] = []
  for (let row = 0; row < size; row++) if (places[row] !== BARRED && !own.has(row)) pool.push(row)
  return Int32Array.from(pool)
}

function isAmong(values: Int32Array, from: number, to: number, value: number): boolean {
  for (let at = from; at < to; at++) if (values[at] === value) return true
  return false
}
