import type { RoundRecord, SimulationResult } from '../runner/index.js'

export type { RoundRecord }

/** A run's folder, read. */
export interface RunData {
  readonly name: string
  /**
   * Resolved: every option of `tacit simulate` that the run had, by its name, defaults and settings of the model
   * included; `files` has the SHA-256 of the files that options name.
   */
  readonly configuration: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string>>
  /** Null while the run is not finished. */
  readonly result: SimulationResult | null
  readonly rounds: readonly RoundRecord[]
}
