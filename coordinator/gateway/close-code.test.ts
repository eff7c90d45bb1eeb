import { ERROR_CATALOGUE, type ErrorCode } from '@tacit/shared/errors'
import { expect, it } from 'vitest'
import { closeCodeOf } from './close-code.js'

it('gives every error a close code of the private range, and 1001 to a stop', () => {
  for (const code of Object.keys(ERROR_CATALOGUE) as ErrorCode[]) {
    const close = closeCodeOf(code)
    if (code === 'TACIT_SHUTTING_DOWN') expect(close).toBe(1001)
    else expect(close >= 4400 && close <= 4599, `${code} -> ${close}`).toBe(true)
    // A close frame has room for 123 bytes of reason.
    expect(code.length).toBeLessThanOrEqual(123)
  }
})
