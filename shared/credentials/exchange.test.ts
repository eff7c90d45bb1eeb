import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../bytes/index.js'
import {
  credentialRequest,
  MAX_KEYS_PER_REQUEST,
  parseCredentialAnswer,
  parseCredentialRequest,
} from './exchange.js'
import { bytes } from './testing/samples.js'

const x = encodeBase64Url(bytes(5))

describe('a request for credentials', () => {
  it('is read as it was written', () => {
    const keys = Array.from({ length: MAX_KEYS_PER_REQUEST }, (_, i) => bytes(i))
    expect(parseCredentialRequest(JSON.parse(JSON.stringify(credentialRequest(keys))))).toEqual(keys)
  })

  it.each([
    [undefined],
    ['x'],
    [[x]],
    [{}],
    [{ keys: x }],
    [{ keys: [] }],
    [{ keys: [7] }],
    [{ keys: [x.slice(1)] }],
    [{ keys: [`${x}=`] }],
    [{ keys: [x], subject: 'me' }],
    [{ keys: Array(MAX_KEYS_PER_REQUEST + 1).fill(x) }],
  ])('is not %j', (json) => {
    expect(() => parseCredentialRequest(json)).toThrow(
      expect.objectContaining({ code: 'TACIT_MESSAGE_INVALID' }),
    )
  })

  it('may be bounded more tightly', () => {
    expect(parseCredentialRequest({ keys: [x, x] }, 2)).toHaveLength(2)
    expect(() => parseCredentialRequest({ keys: [x, x] }, 1)).toThrow('keys: 2, more than 1')
  })
})

describe('an answer with credentials', () => {
  it('has as many as were asked for, or fewer; what else it says is passed over', () => {
    expect(parseCredentialAnswer({ credentials: ['a.b.c'], left: 8 }, 1)).toEqual(['a.b.c'])
    expect(parseCredentialAnswer({ credentials: [] }, 1)).toEqual([])
  })

  it.each([
    [undefined],
    [null],
    [['a.b.c']],
    [{}],
    [{ credentials: 'a.b.c' }],
    [{ credentials: [1] }],
    [{ credentials: ['x'.repeat(2049)] }],
    [{ credentials: ['a', 'b'] }],
  ])('is not %j', (json) => {
    expect(() => parseCredentialAnswer(json, 1)).toThrow(
      expect.objectContaining({ code: 'TACIT_CREDENTIAL_INVALID' }),
    )
  })
})
