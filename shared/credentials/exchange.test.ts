import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../bytes/index.js'
import {
  credentialRequest,
  MAX_KEYS_PER_REQUEST,
  parseCredentialAnswer,
  parseCredentialRequest,
} from './exchange.js'
import { bytes } from './testing/samples.js'

const round = 7
const x = encodeBase64Url(bytes(5))

describe('a request for credentials', () => {
  it('is read as it was written', () => {
    const keys = Array.from({ length: MAX_KEYS_PER_REQUEST }, (_, i) => ({ round: i, publicKey: bytes(i) }))
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
    [{ keys: [x] }],
    [{ keys: [{ x }] }],
    [{ keys: [{ round }] }],
    [{ keys: [{ round: -1, x }] }],
    [{ keys: [{ round: 0.5, x }] }],
    [{ keys: [{ round: '7', x }] }],
    [{ keys: [{ round, x: x.slice(1) }] }],
    [{ keys: [{ round, x: `${x}=` }] }],
    [{ keys: [{ round, x, device: 'me' }] }],
    [{ keys: [{ round, x }], subject: 'me' }],
    [{ keys: Array(MAX_KEYS_PER_REQUEST + 1).fill({ round, x }) }],
  ])('is not %j', (json) => {
    expect(() => parseCredentialRequest(json)).toThrow(
      expect.objectContaining({ code: 'TACIT_MESSAGE_INVALID' }),
    )
  })

  it('may be bounded more tightly', () => {
    const keys = [
      { round, x },
      { round, x },
    ]
    expect(parseCredentialRequest({ keys }, 2)).toHaveLength(2)
    expect(() => parseCredentialRequest({ keys }, 1)).toThrow('keys: 2, more than 1')
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
