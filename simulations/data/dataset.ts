/** Event histories in compressed rows: device d owns positions offsets[d] .. offsets[d+1]. */
export interface Histories {
  /** devices + 1 entries. */
  readonly offsets: Int32Array
  /** Rows of the catalogue. */
  readonly items: Int32Array
  /** Unix seconds, ascending within a device; equal times stand in the order of the file's lines. */
  readonly times: Float64Array
  /** Indices into {@link Dataset.behaviours}. */
  readonly behaviours: Uint8Array
}

export type DataFormat =
  | 'movielens-tab'
  | 'movielens-colons'
  | 'ncf-trio'
  | 'delimited'
  | 'sessions'
  | 'synthetic'

export interface Dataset {
  /** Name of the folder or file it came from, e.g. `ml-100k`; of the trio; or `synthetic`. */
  readonly name: string
  readonly format: DataFormat
  /** Item id of each row, in order of first appearance: the main file, then the test file, then given negatives. */
  readonly catalogue: readonly string[]
  /** User or session ids, in order of first appearance: the main file, then the test file. */
  readonly devices: readonly string[]
  /** Of each device its number, where these are some of more devices; else numbers are positions. Ascending. */
  readonly numbers?: Int32Array
  /** Kinds of event, in order of first appearance; `['event']` where the file names none. */
  readonly behaviours: readonly string[]
  readonly histories: Histories
  /** What a sibling test file holds out, where there is one: item row per device, -1 for none. */
  readonly heldOut?: Int32Array
  /** Evaluation negatives given by the data: rows of the catalogue, devices x perDevice, -1 for none. */
  readonly negatives?: { readonly perDevice: number; readonly items: Int32Array }
  /**
   * Where the test file brings devices of its own (sessions): the first of them. Devices from here on
   * are for evaluation only; their events, the one to predict included, are in `histories`.
   */
  readonly testFrom?: number
  /** Events in `histories` plus held-out ones. */
  readonly interactions: number
}
