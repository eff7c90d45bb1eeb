import type { TaskDefinition } from '@tacit/coordinator/task'
import { TacitError } from '@tacit/shared/errors'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import { groupParameters, type Masking } from '@tacit/shared/secagg'
import type { SimulationResult } from './result.js'

export type GroupFigures = Omit<SimulationResult['secureSum'], 'backend'>

/** What rounds' groups came to be, and how their vectors were masked: all of it told by what devices are told. */
export class GroupsSeen {
  #plan: RoundPlan | undefined
  #groups = 1
  /** Devices of the list that groups are about to be drawn from. */
  #listed = 0
  #weakest: Omit<GroupFigures, 'groups'> | undefined

  /** @param before what a run that goes on had seen */
  constructor(before?: GroupFigures) {
    if (!before) return
    this.#groups = before.groups
    if (before.privacyBits !== null) this.#weakest = before
  }

  /** A round begins, with so many devices at most. */
  planned(plan: RoundPlan, cohort: number): void {
    this.#plan = plan
    this.#groups = Math.ceil(cohort / plan.largestGroup)
    this.#listed = 0
  }

  overhear(message: CoordinatorMessage): void {
    if (message.type !== 'sum' || !this.#plan?.masking) return
    const { step, body } = message
    // Another list takes the place of one whose committee was lost.
    if (step === 'roster' || step === 'draw') this.#listed = (body as { readonly members: number }).members
    else if (step === 'neighbours' && this.#listed > 0) this.#drawn(this.#plan, this.#plan.masking)
  }

  get figures(): GroupFigures {
    const { neighbours = 0, threshold = 0, privacyBits = null, correctnessBits = null } = this.#weakest ?? {}
    return { groups: this.#groups, neighbours, threshold, privacyBits, correctnessBits }
  }

  #drawn({ largestGroup }: RoundPlan, masking: Masking): void {
    const cohort = this.#listed
    this.#listed = 0
    this.#groups = Math.ceil(cohort / largestGroup)
    for (const size of groupSizes(cohort, largestGroup)) {
      const found = groupParameters(masking, size, cohort)
      if (!found || found.privacyBits >= (this.#weakest?.privacyBits ?? Infinity)) continue
      const { neighbours, threshold, privacyBits, correctnessBits } = found
      this.#weakest = { neighbours, threshold, privacyBits, correctnessBits }
    }
  }
}

/**
 * Whether rounds may be masked at all: before a run that would only abort.
 * @param expected devices of a round that live to see the list from which groups are drawn
 * @throws TACIT_SECAGG_NO_PARAMETERS
 */
export function requireParameters(task: TaskDefinition, expected: number, largestGroup: number): void {
  const { secureSum, masking } = task
  if (secureSum !== 'masked' || !masking) return
  const missing = groupSizes(expected, largestGroup).find((size) => !groupParameters(masking, size, expected))
  if (missing === undefined) return
  const { coordinator, adversarial, dropout } = masking
  throw new TacitError('TACIT_SECAGG_NO_PARAMETERS', {
    devices: missing,
    coordinator,
    adversarial,
    losses: 'binomial',
    dropout,
  })
}

/** The fewest groups of at most `largestGroup` differ by one member at most. */
function groupSizes(cohort: number, largestGroup: number): number[] {
  const groups = Math.ceil(cohort / largestGroup)
  return [Math.floor(cohort / groups), Math.ceil(cohort / groups)]
}
