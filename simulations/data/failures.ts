import { TacitError } from '@tacit/shared/errors'

/** `line` and `column` count from 1; the column is where the offending field starts, in characters. */
export function malformed(file: string, line: number, column: number, problem: string): TacitError {
  return new TacitError('TACIT_DATA_MALFORMED', { file, line, column, problem })
}

export function undecidable(file: string, problem: string): TacitError {
  return new TacitError('TACIT_DATA_UNDECIDABLE', { file, problem })
}

export function empty(file: string, problem: string): TacitError {
  return new TacitError('TACIT_DATA_EMPTY', { file, problem })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is a file, not a folder',
}

/** Turns a failed system call into TACIT_DATA_UNREADABLE; anything else is passed on as it is. */
export function unreadable(file: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  if (code === undefined) return cause
  return new TacitError('TACIT_DATA_UNREADABLE', { file, problem: REASONS[code] ?? code })
}

/** A field's text for a message: quoted, and cut where it is long. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
