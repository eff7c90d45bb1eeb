import { TacitError } from '@tacit/shared/errors'
import { groupParameters, type Masking } from '@tacit/shared/secagg'
import type { SecureSumStatus } from '../http/index.js'
import { largestGroupOf, type RoundLimits } from '../round/index.js'
import type { TaskDefinition } from '../task/index.js'

/** Group sizes are looked at one by one from the smallest on, so many of them; then in steps of a tenth. */
const ONE_BY_ONE = 128

/**
 * How the task's rounds are masked: as it wishes where parameters suffice for every group that a round may
 * have, else against a curious coordinator alone, if the task accepts that. A plan never promises more than holds.
 *
 * @param invited devices of a round
 * @throws TACIT_SECAGG_NO_PARAMETERS naming the smallest group that is too small
 */
export function settleMasking(
  { masking, withoutParameters = 'refuse' }: Pick<TaskDefinition, 'masking' | 'withoutParameters'>,
  limits: RoundLimits,
  invited: number,
): Masking | undefined {
  if (!masking) return undefined
  const groups = groupsOf(limits, invited)
  const tooSmall = groups.find((group) => !parametersOf(masking, group))
  if (tooSmall === undefined) return masking
  const curious = { ...masking, coordinator: 'curious' } as const
  if (withoutParameters === 'curious') {
    const still = groups.find((group) => !parametersOf(curious, group))
    if (still === undefined) return curious
    throw noParameters(curious, still)
  }
  throw noParameters(masking, tooSmall)
}

/** What operators are shown of the task's secure sum. */
export function secureSumStatus(
  { secureSum, masking }: TaskDefinition,
  limits: RoundLimits,
  invited: number,
): SecureSumStatus {
  if (secureSum !== 'masked' || !masking) return { backend: secureSum }
  const size = Math.ceil(invited / Math.ceil(invited / largestGroupOf(limits, invited)))
  const found = groupParameters(masking, size, invited)
  const { neighbours, threshold } = found ?? {}
  return {
    backend: secureSum,
    ...masking,
    groupSize: size,
    ...(neighbours && threshold && { neighbours, threshold }),
  }
}

interface Group {
  readonly size: number
  /** Members of the whole cohort. */
  readonly cohort: number
}

function parametersOf(masking: Masking, { size, cohort }: Group) {
  return groupParameters(masking, size, cohort)
}

/**
 * Groups that the cohorts from the minimum to all that are invited split into, the smallest first, each with the
 * largest cohort that has it: that one asks most of its parameters. Beyond the smallest not every size is looked at;
 * a round whose group falls through says so by ending with `no-parameters`.
 */
function groupsOf(limits: RoundLimits, invited: number): Group[] {
  const largest = largestGroupOf(limits, invited)
  const cohortOf = new Map<number, number>()
  for (let cohort = limits.minimumCount; cohort <= invited; cohort++) {
    const groups = Math.ceil(cohort / largest)
    cohortOf.set(Math.floor(cohort / groups), cohort)
    cohortOf.set(Math.ceil(cohort / groups), cohort)
  }
  const sizes = [...cohortOf.keys()].sort((a, b) => a - b)
  const looked: Group[] = []
  let next = 0
  sizes.forEach((size, index) => {
    if (index >= ONE_BY_ONE && size < next && index < sizes.length - 1) return
    looked.push({ size, cohort: cohortOf.get(size)! })
    next = Math.ceil(size * 1.1)
  })
  return looked
}

function noParameters({ coordinator, adversarial, dropout }: Masking, { size }: Group): TacitError {
  const details = { devices: size, coordinator, adversarial, losses: 'binomial', dropout }
  return new TacitError('TACIT_SECAGG_NO_PARAMETERS', details)
}
