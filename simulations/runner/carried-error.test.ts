import { TacitError } from '@tacit/shared/errors'
import { expect, it } from 'vitest'
import { carried, delivered } from './carried-error.js'

it('an error of the catalogue comes out of a thread as itself, though only plain data do', () => {
  const error = new TacitError('TACIT_NOISE_INVALID', { problem: 'too much' })
  const answer = structuredClone(carried(error))
  expect(() => delivered(answer)).toThrow(error)
  expect(() => delivered(answer)).toThrow(
    expect.objectContaining({ code: error.code, status: 400, details: { problem: 'too much' } }),
  )
})

it('any other is thrown where it is, and an answer is an answer', () => {
  const error = new TypeError('a mistake')
  expect(() => carried(error)).toThrow(error)
  const words = Uint32Array.of(1, 2)
  expect(delivered(words)).toBe(words)
  expect(delivered(null)).toBeNull()
})
