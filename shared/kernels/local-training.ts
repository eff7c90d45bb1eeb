/**
 * What a device trains on by gradient steps: rows of the item table, in a copy of its own, and a few numbers that
 * never leave it. All arithmetic is in 32 bits: a device's steps are rough, and twice as many go into a vector.
 */
export interface LocalTraining {
  readonly k: number
  /** The whole item table, rows of k floats: only read. */
  readonly table: Float32Array
  /** Distinct rows of the table: all that the samples name. Those of the history come first. */
  readonly rows: Int32Array
  /** Samples in the order of training, as places in `rows`. */
  readonly samples: Int32Array
  /** mu of FedProx: a gradient of mu (h - h of the table) is added to a row's own. */
  readonly proximal: number
  /** What belongs to the device alone, changed in place. */
  readonly own: Float32Array
  /** The rows after training, where they are wanted: as many numbers as `rows` have. */
  readonly trained?: Float32Array | undefined
  /** What training added to the rows, as long. */
  readonly changes: Float32Array
}

/**
 * Binary cross-entropy of sigmoid(w . h + b) against 1 for rows of the history and 0 for others, by its mean over
 * batches. Each batch moves w and b first, and then, with those, its rows.
 */
export interface ScoreTraining extends LocalTraining {
  /** w, then b: k + 1 numbers. */
  readonly own: Float32Array
  /** So many of the first rows are the history's. */
  readonly positives: number
  /** Samples of one epoch: no batch goes beyond. A divisor of their number. */
  readonly epoch: number
  /** Samples of one batch at most. */
  readonly batch: number
  /** Size of a step of w and b. */
  readonly ownRate: number
  /** Size of a step of the rows. */
  readonly itemRate: number
}

/**
 * Bayesian personalised ranking: -ln sigmoid(w . h_p - w . h_n), with squares of what is used times half of the
 * regularisation. A step takes one row p of the history and all the rows n that are drawn for it.
 */
export interface PairTraining extends LocalTraining {
  /** w: k numbers. */
  readonly own: Float32Array
  /** Rows n of each p: samples are groups of p and its n, 1 + negatives distinct places each. */
  readonly negatives: number
  /** Size of a step. */
  readonly rate: number
  readonly regularisation: number
}
