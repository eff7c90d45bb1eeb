import { type ErrorCode, type ErrorDetails, TacitError } from '@tacit/shared/errors'

/** An error of the catalogue on its way out of a thread: a copy of the error itself would have lost its code. */
export interface CarriedError {
  readonly carriedError: { readonly code: ErrorCode; readonly details: ErrorDetails }
}

/** What a thread answers instead of throwing an error of the catalogue; others it throws. */
export function carried(error: unknown): CarriedError {
  if (!(error instanceof TacitError)) throw error
  return { carriedError: { code: error.code, details: error.details } }
}

/** What a thread answered. @throws the TacitError that it carries */
export function delivered<T>(answer: T | CarriedError): T {
  if (!isCarried(answer)) return answer
  const { code, details } = answer.carriedError
  throw new TacitError(code, details)
}

function isCarried(answer: unknown): answer is CarriedError {
  return typeof answer === 'object' && answer !== null && 'carriedError' in answer
}
