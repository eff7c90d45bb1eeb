import { describe, expect, it } from 'vitest'
import { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './catalogue.js'
import { codeOf, isErrorCode, TacitError } from './tacit-error.js'

const entries: [string, ErrorEntry][] = Object.entries(ERROR_CATALOGUE)

describe('TacitError', () => {
  it('fills message and advice from its details', () => {
    const error = new TacitError('TACIT_DATA_MALFORMED', {
      file: 'u.data',
      line: 3,
      column: 7,
      problem: 'no time',
    })
    expect(error.message).toBe('u.data:3:7: no time')
    const unknown = new TacitError('TACIT_MODEL_UNKNOWN', { model: 'magic', known: 'ials' })
    expect(unknown).toMatchObject({ advice: 'Use one of: ials.', status: 400, name: 'TacitError' })
    expect(unknown).toBeInstanceOf(Error)
  })

  it('leaves a placeholder that has no detail, and fills nothing twice', () => {
    expect(new TacitError('TACIT_NOT_FOUND').message).toBe('nothing is at {path}')
    const braces = new TacitError('TACIT_FLAG_INVALID', { flag: '{problem}', problem: '$&' })
    expect(braces.message).toBe('{problem}: $&')
    expect(new TacitError('TACIT_IDLE_TIMEOUT', { deadlineMs: 0 }).message).toBe('nothing heard for 0 ms')
  })
})

describe('codeOf and isErrorCode', () => {
  it('know the codes of the catalogue and no others', () => {
    expect(codeOf(new TacitError('TACIT_NO_MODEL'))).toBe('TACIT_NO_MODEL')
    for (const thrown of [new Error('x'), 'x', undefined, { code: 'TACIT_NO_MODEL' }]) {
      expect(codeOf(thrown)).toBe('TACIT_INTERNAL')
    }
    for (const code of Object.keys(ERROR_CATALOGUE)) expect(isErrorCode(code)).toBe(true)
    for (const other of ['TACIT_NONSENSE', 'toString', '__proto__', '', 7, null])
      expect(isErrorCode(other)).toBe(false)
  })
})

describe('the catalogue', () => {
  it.each(entries)('%s says what is wrong and what to do about it', (code, { message, status, advice }) => {
    expect(code).toMatch(/^TACIT_[A-Z]+(_[A-Z]+)*$/)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(600)
    expect(message.length).toBeGreaterThan(5)
    expect(message).not.toMatch(/\.$/)
    expect(advice).toMatch(/^[A-Z].*\.$/)
    // Within the bounds of an `error` message even before its details.
    expect(new TacitError(code as ErrorCode).message.length).toBeLessThan(200)
  })
})
