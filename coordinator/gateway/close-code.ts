import { ERROR_CATALOGUE, type ErrorCode } from '@tacit/shared/errors'

/**
 * The close code of a socket closed for an error, 4000 plus the status of its entry in the catalogue
 * (4400 malformed, 4408 timed out, 4409 out of phase, 4413 too large, 4429 too many, 4503 no room, ...), but
 * for a coordinator that stops: 1001, "going away". The reason is the TACIT code itself.
 */
export function closeCodeOf(code: ErrorCode): number {
  return code === 'TACIT_SHUTTING_DOWN' ? 1001 : 4000 + ERROR_CATALOGUE[code].status
}
