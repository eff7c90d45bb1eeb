import { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './catalogue.js'

export type ErrorDetails = Readonly<Record<string, string | number>>

/** An error of the catalogue. `details` fill the placeholders of its message and advice. */
export class TacitError extends Error {
  override readonly name = 'TacitError'
  readonly code: ErrorCode
  readonly status: number
  readonly advice: string
  readonly details: ErrorDetails

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    const entry: ErrorEntry = ERROR_CATALOGUE[code]
    super(fill(entry.message, details))
    this.code = code
    this.status = entry.status
    this.advice = fill(entry.advice, details)
    this.details = details
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CATALOGUE, value)
}

/** The code to report for anything thrown: its own if it is of the catalogue, TACIT_INTERNAL otherwise. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof TacitError ? error.code : 'TACIT_INTERNAL'
}

function fill(template: string, details: ErrorDetails): string {
  return template.replace(/\{(\w+)\}/g, (_, key: string) => String(details[key] ?? `{${key}}`))
}
