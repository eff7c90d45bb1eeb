import type { TaskDefinition } from '@tacit/coordinator/task'
import type { SumBackends } from '@tacit/shared/secagg'
import type { AnySplit } from '../data/index.js'
import type { Checkpoint } from './checkpoint.js'
import type { SimulationConfiguration } from './configuration.js'
import type { PersonalStates } from './personal-states.js'
import type { RoundRecord } from './record.js'
import type { Transport } from './transport.js'

export interface RunHooks {
  /** Told of every round, and of how many there will be. */
  readonly onRound?: (record: RoundRecord, rounds: number) => void
  /** Given what is needed to go on after every round; the next one waits for it. */
  readonly keep?: (checkpoint: Checkpoint) => Promise<void> | void
  /** Once aborted, no further round begins. */
  readonly signal?: AbortSignal
  readonly wire?: WireTransportFactory
}

export interface SimulationOptions {
  readonly backends?: SumBackends
  /** Where a run of the same configuration and data goes on from. */
  readonly from?: Checkpoint
}

/** Makes the transport on which devices are real: it needs parts that a simulation in memory does not. */
export type WireTransportFactory = (setup: WireSetup) => Promise<Transport>

export interface WireSetup {
  readonly personal: PersonalStates | undefined
  readonly task: TaskDefinition
  readonly catalogue: readonly string[]
  readonly split: AnySplit
  readonly configuration: SimulationConfiguration
}
