import { ROUND_MARGIN_MS, type TrustedIssuer, verifyCredential } from '@tacit/shared/credentials'
import type { MaskedEnvironment } from '@tacit/shared/secagg'

/**
 * Whom the coordinator lets into a round: devices whose credentials outlast it. One that ran out in mid-round would have
 * every neighbour leave.
 * @param nowMs milliseconds since 1970
 */
export function credentialCheck(
  issuer: TrustedIssuer,
  nowMs: () => number = Date.now,
): NonNullable<MaskedEnvironment['verifyCredential']> {
  return (token, key, round, suite) =>
    verifyCredential(token, key, { round, validForMs: ROUND_MARGIN_MS }, issuer, nowMs(), suite)
}
