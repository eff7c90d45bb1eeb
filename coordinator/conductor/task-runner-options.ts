import type { EncodedModel, Model, ModelState } from '@tacit/shared/model'
import type { CoordinatorMessage } from '@tacit/shared/protocol'
import type { SecureRandom } from '@tacit/shared/random'
import type { Member, SumBackends } from '@tacit/shared/secagg'
import type { Timers } from '../gateway/index.js'
import type { SecureSumStatus } from '../http/index.js'
import type { RoundLimits } from '../round/index.js'
import type { Store } from '../store/index.js'
import type { TaskDefinition } from '../task/index.js'
import type { Cadence } from './cadence.js'
import type { Tally } from './tally.js'
import type { TaskBudget } from './task-budget.js'

/** What a task needs of the gateway. */
interface DeviceLink {
  send(device: Member, message: CoordinatorMessage): void
  expectVector(device: Member, roundId: string, bytes: number): void
  forgetVector(device: Member): void
}

interface TaskLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export interface TaskRunnerOptions {
  readonly task: TaskDefinition
  readonly model: Model
  /** The newest release: what the next round starts from. */
  readonly state: ModelState
  readonly encoded: Pick<EncodedModel, 'manifest'>
  readonly limits: RoundLimits
  readonly cadence: Cadence
  readonly store: Store
  /** What its rounds may spend; of a task with privacy. */
  readonly budget?: TaskBudget | undefined
  readonly tally: Tally
  readonly link: DeviceLink
  readonly timers: Timers
  readonly random: SecureRandom
  readonly logger: TaskLogger
  /** Secure sums that a round may use; by default `plain` alone. */
  readonly backends?: SumBackends | undefined
  /** What operators are shown of it. */
  readonly secureSum: SecureSumStatus
  /** Something that operators see has changed. */
  readonly onChange: () => void
}
