import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../bytes/index.js'
import * as bodies from './bodies.js'

const text = (bytes: number) => 'A'.repeat(Math.ceil((bytes * 4) / 3))
const entry = {
  identity: text(32),
  channel: text(32),
  mask: text(32),
  commitment: text(32),
  signature: text(64),
  credential: 'token',
}
const proven = { ...entry, proof: text(64) }

const RIGHT = {
  keysSchema: entry,
  revealSchema: { attempt: 1, value: text(32), signed: text(64) },
  sharesSchema: { commitment: text(32), sealed: [text(80), text(80)] },
  consistencySchema: { signature: text(64) },
  unmaskSchema: { shares: [text(32), null] },
  rosterSchema: { attempt: 16, members: 2, root: text(32), names: text(16) },
  neighboursSchema: {
    attempt: 1,
    reveals: [{ ...proven, value: text(32), signed: text(64) }],
    neighbours: [proven],
    own: text(64),
  },
  deliveriesSchema: { sealed: [text(80), null] },
  survivorsSchema: { survivors: text(2) },
  signaturesSchema: { signatures: [text(64), null] },
} as const

const SCHEMAS = {
  keysSchema: bodies.keysSchema,
  revealSchema: bodies.revealSchema,
  sharesSchema: bodies.sharesSchema,
  consistencySchema: bodies.consistencySchema,
  unmaskSchema: bodies.unmaskSchema,
  rosterSchema: bodies.rosterSchema,
  neighboursSchema: bodies.neighboursSchema,
  deliveriesSchema: bodies.deliveriesSchema,
  survivorsSchema: bodies.survivorsSchema,
  signaturesSchema: bodies.signaturesSchema,
} as const

const cases = Object.entries(RIGHT) as [keyof typeof RIGHT, Json][]
const withCode = (code: string) => expect.objectContaining({ code })
const refused = (schema: keyof typeof RIGHT, body: Json) =>
  expect(() => bodies.parseBody(SCHEMAS[schema] as never, 'step', body)).toThrow(
    withCode('TACIT_MESSAGE_INVALID'),
  )

/** Every body that differs from this one in a single place: a text longer, shorter or missing, another number. */
function* spoilt(body: Json): Generator<Json> {
  if (typeof body === 'string') yield* [`${body}A`.padEnd(70_000, 'A').padEnd(body.length > 1e6 ? 2e7 : 0), 7]
  else if (typeof body === 'number') yield* [0, -1, 1.5, 1e7, '1']
  else if (Array.isArray(body)) {
    yield* [{}, 'x']
    for (const [i, one] of body.entries()) for (const other of spoilt(one)) yield body.with(i, other)
  } else if (body !== null && typeof body === 'object') {
    yield { ...body, besides: 1 }
    for (const [key, value] of Object.entries(body)) {
      const { [key]: _removed, ...rest } = body as Record<string, Json>
      yield rest
      for (const other of spoilt(value as Json)) yield { ...body, [key]: other }
    }
  }
}

describe('the bodies of messages', () => {
  it.each(cases)('%s takes what it describes, and nothing that differs from it', (schema, right) => {
    expect(bodies.parseBody(SCHEMAS[schema] as never, 'step', right)).toEqual(right)
    for (const wrong of spoilt(right)) {
      // Names may be as long as a million of them are.
      if (schema === 'rosterSchema' && (wrong as { names?: unknown }).names !== text(16)) continue
      refused(schema, wrong)
    }
  })

  it('have fields of one length where they hold keys, values, shares and signatures', () => {
    for (const [schema, right] of cases) {
      for (const [key, value] of Object.entries(right as Record<string, Json>)) {
        if (typeof value !== 'string' || ['credential', 'names', 'own', 'survivors'].includes(key)) continue
        for (const other of [value.slice(1), `${value}A`])
          refused(schema, { ...(right as object), [key]: other })
      }
    }
    for (const schema of ['deliveriesSchema', 'sharesSchema', 'unmaskSchema', 'signaturesSchema'] as const) {
      const [key, list] = Object.entries(RIGHT[schema]).at(-1)!
      for (const other of [`${list[0]}A`, list[0]!.slice(1)])
        refused(schema, { ...RIGHT[schema], [key]: [other] })
    }
  })

  it('say what is wrong with them', () => {
    expect(() =>
      bodies.parseBody(bodies.sharesSchema, 'shares', { commitment: text(32), sealed: ['A'] }),
    ).toThrow(/shares\.sealed\.0/)
  })

  it('take an entry to bytes and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), (bytes, credential) => {
        const whole = {
          identity: bytes,
          channel: bytes.toReversed(),
          mask: bytes.map((byte) => byte ^ 1),
          commitment: bytes.map((byte) => byte ^ 2),
          signature: new Uint8Array([...bytes, ...bytes]),
          credential,
        }
        expect(bodies.toEntry(bodies.fromEntry(whole))).toEqual(whole)
      }),
    )
    for (const field of ['identity', 'channel', 'mask', 'commitment', 'signature']) {
      expect(() => bodies.toEntry({ ...entry, [field]: '!' })).toThrow(withCode('TACIT_MESSAGE_INVALID'))
    }
  })

  it('read bytes, or say what is wrong', () => {
    expect([...bodies.toBytes(bodies.toText(Uint8Array.of(1, 2, 250)))]).toEqual([1, 2, 250])
    for (const wrong of ['!', 'A', 'AB=='])
      expect(() => bodies.toBytes(wrong)).toThrow(withCode('TACIT_MESSAGE_INVALID'))
  })
})
