import { noiseTable } from '@tacit/shared/dp'
import { TacitError } from '@tacit/shared/errors'
import type { Model } from '@tacit/shared/model'
import {
  MAX_CHUNK_BYTES,
  makesNoiseUp,
  mostWinners,
  type RoundPlan,
  roundNoise,
} from '@tacit/shared/protocol'
import type { SumBackends } from '@tacit/shared/secagg'
import { layoutSize, packedLength } from '@tacit/shared/update'
import { DEFAULT_LIMITS } from '../gateway/limits.js'
import { makePlan, type RoundLimits } from '../round/index.js'
import type { TaskDefinition } from '../task/index.js'
import { type Cadence, DEFAULT_CADENCE } from './cadence.js'
import { secureSumStatus, settleMasking } from './masking.js'

interface Wishes {
  readonly definition: TaskDefinition
  readonly limits: RoundLimits
}

interface Means {
  readonly cadence?: Partial<Cadence>
  readonly gateway?: { readonly maxDevices?: number; readonly maxAssemblyBytes?: number }
  readonly tasks: readonly unknown[]
  readonly backends: SumBackends
  /** Whether somebody is known to vouch for devices. */
  readonly certifies: boolean
}

/**
 * What a task can have of what it asks for: a waiting room that holds its cohort, and no more uploads in
 * flight than its share of the gateway's memory allows, masks that hold. What cannot be at all is refused here,
 * before a round is begun that could not even be planned.
 *
 * @throws TACIT_CONFIG_INVALID, TACIT_PLAN_REFUSED, TACIT_MODULUS_TOO_LARGE, TACIT_SECAGG_NO_PARAMETERS,
 *   TACIT_NOISE_INVALID
 */
export function feasible({ definition: wished, limits }: Wishes, model: Model, means: Means) {
  const { maxDevices, maxAssemblyBytes } = { ...DEFAULT_LIMITS, ...means.gateway }
  const wanted = Math.ceil(limits.goalCount * limits.overSelection)
  const refuse = (path: string, problem: string): never => {
    throw new TacitError('TACIT_CONFIG_INVALID', { path: `${wished.name}.${path}`, problem })
  }
  means.backends(wished.secureSum)
  const masks = wished.secureSum === 'masked'
  if (masks && !wished.masking) refuse('masking', 'a secure sum that masks needs it')
  if (masks && wished.masking?.identity === 'certified' && !means.certifies)
    refuse('masking.identity', 'devices are to be certified, but no issuer is known')
  if (limits.minimumCount > limits.goalCount)
    refuse('minimumCount', `it is above the goal of ${limits.goalCount}`)
  if (limits.chunkBytes < 1 || limits.chunkBytes > MAX_CHUNK_BYTES)
    refuse('chunkBytes', `1..${MAX_CHUNK_BYTES}`)
  if (wished.privacy) checkPrivacy(wished.privacy, limits, wanted, refuse)
  const cadence = { ...DEFAULT_CADENCE, ...means.cadence }
  const room = Math.max(cadence.waitingRoom, cadence.startAt, wanted)
  if (room > maxDevices && Math.max(cadence.startAt, wanted) > maxDevices) {
    refuse(
      'goalCount',
      `a round of ${wanted} devices needs more than the ${maxDevices} that one process serves`,
    )
  }
  const masking = masks ? settleMasking(wished, limits, wanted) : undefined
  const definition = masking ? { ...wished, masking } : wished
  const trial = { number: 1, roundId: '0'.repeat(32), modelHash: '0'.repeat(64), invited: wanted }
  const plan = makePlan(definition, model, limits, trial)
  checkNoise(plan)
  const bytes = packedLength(layoutSize(plan.layout), plan.modulusBits)
  const slots = Math.floor(maxAssemblyBytes / means.tasks.length / bytes)
  if (slots < 1) refuse('blockRows', `a vector of ${bytes} bytes does not fit the gateway's memory`)
  return {
    definition,
    plan,
    secureSum: secureSumStatus(definition, limits, wanted),
    cadence: { ...cadence, waitingRoom: Math.min(room, maxDevices) },
    limits: { ...limits, uploadsInFlight: Math.min(limits.uploadsInFlight, slots) },
  }
}

/** Devices of a group at most: its masks and shares cost too much beyond. */
const LARGEST_COHORT = 10_000

/** What the guarantee of a round rests on, beside its plan. */
function checkPrivacy(
  privacy: NonNullable<TaskDefinition['privacy']>,
  limits: RoundLimits,
  invited: number,
  refuse: (path: string, problem: string) => never,
): void {
  const { sampling, smallestGroup, noiseMakers } = privacy
  // Of several groups each has to carry the noise of the whole: unless the task reckons with that, there is one.
  const isOneGroup = smallestGroup === undefined
  if (isOneGroup && invited > LARGEST_COHORT)
    refuse('privacy', `${invited} devices are invited, but one group holds no more than ${LARGEST_COHORT}`)
  if (isOneGroup && limits.largestGroup < invited)
    refuse('largestGroup', `it is below the ${invited} invited, who have to be one group under privacy`)
  if (sampling < 1 && limits.overSelection > 1)
    refuse('overSelection', 'where devices flip coins, everyone whose coin says so may contribute')
  const winners = mostWinners(invited, sampling)
  if (makesNoiseUp(privacy) && noiseMakers !== undefined && noiseMakers < winners)
    refuse('privacy.noiseMakers', `of ${invited} invited ${winners} may win their coins: it is below that`)
}

/** Noise that nobody can draw is found out here, and not by every device in every round. @throws TACIT_NOISE_INVALID */
function checkNoise(plan: RoundPlan): void {
  const noise = roundNoise(plan)
  if (!noise) return
  const { mechanism, deviceVariance, coordinatorVariance } = noise
  for (const variance of [deviceVariance, coordinatorVariance])
    if (variance > 0) noiseTable(mechanism, variance)
}
