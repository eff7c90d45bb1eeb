import type { CryptoSuite } from '../../crypto/index.js'
import { TacitError } from '../../errors/index.js'
import type { Masking } from '../masking.js'
import type { SumPlan } from '../secure-sum.js'

/** What a masked round needs of the side that it runs on. */
export interface MaskedEnvironment {
  readonly suite: () => Promise<CryptoSuite>
  /**
   * Checks that an issuer vouches for an identity key in the round of this number. Undefined where no issuer is known: only anonymous rounds
   * are then possible.
   * @throws TACIT_CREDENTIAL_INVALID
   */
  readonly verifyCredential?:
    | ((credential: string, identity: Uint8Array, round: number, suite: CryptoSuite) => Promise<void>)
    | undefined
}

/** @throws TACIT_PLAN_REFUSED when the plan does not say how to mask */
export function maskingOf(plan: SumPlan): Masking {
  if (plan.masking) return plan.masking
  throw new TacitError('TACIT_PLAN_REFUSED', { problem: 'it does not say how vectors are masked' })
}

/** @throws TACIT_CREDENTIAL_MISSING, TACIT_CREDENTIAL_INVALID */
export async function checkCredential(
  environment: MaskedEnvironment,
  plan: SumPlan,
  credential: string,
  identity: Uint8Array,
): Promise<void> {
  if (maskingOf(plan).identity === 'anonymous') return
  if (!environment.verifyCredential)
    throw new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'no issuer is trusted here' })
  await environment.verifyCredential(credential, identity, plan.round, await environment.suite())
}
