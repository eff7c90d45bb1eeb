import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeBase64Url } from '../bytes/index.js'
import { OnePerRound, type OnePerRoundOptions } from './one-per-round.js'
import { bytes, NOW_MS } from './testing/samples.js'
import { CLOCK_SKEW_MS, MAX_LIFETIME_MS } from './verify.js'

const key = (round: number, fill: number) => ({ round, publicKey: bytes(fill) })
const UNACCEPTED_MS = MAX_LIFETIME_MS + CLOCK_SKEW_MS

describe('one key per install and round', () => {
  it('is vouched for, and no second, in one request or the next', () => {
    const issued = new OnePerRound()
    expect(issued.allow('a', [key(5, 1), key(5, 2), key(6, 3)], NOW_MS)).toEqual([key(5, 1), key(6, 3)])
    expect(issued.allow('a', [key(5, 4), key(6, 5), key(7, 6)], NOW_MS + 1)).toEqual([key(7, 6)])
  })

  it('is vouched for again, as often as it is asked for', () => {
    const issued = new OnePerRound({ maxRounds: 1 })
    for (let time = 0; time < 2; time++) {
      expect(issued.allow('a', [key(5, 1)], NOW_MS + (time * UNACCEPTED_MS) / 2)).toEqual([key(5, 1)])
    }
    // From the last time on.
    expect(issued.allow('a', [key(5, 2)], NOW_MS + 1.4 * UNACCEPTED_MS)).toEqual([])
  })

  it('is one for each install', () => {
    const issued = new OnePerRound()
    expect(issued.allow('a', [key(5, 1)], NOW_MS)).toHaveLength(1)
    expect(issued.allow('b', [key(5, 2)], NOW_MS)).toHaveLength(1)
    expect(issued.allow('constructor', [key(5, 3)], NOW_MS)).toHaveLength(1)
  })

  it('may be another once nobody would accept a token for the first', () => {
    const issued = new OnePerRound()
    issued.allow('a', [key(5, 1)], NOW_MS)
    expect(issued.allow('a', [key(5, 2), key(6, 3)], NOW_MS + UNACCEPTED_MS - 1)).toEqual([key(6, 3)])
    expect(issued.allow('a', [key(5, 2), key(6, 4)], NOW_MS + UNACCEPTED_MS)).toEqual([key(5, 2)])
  })
})

describe('what is remembered of an install', () => {
  it('are its latest rounds; one before them is refused, whether it had a key or not', () => {
    const issued = new OnePerRound({ maxRounds: 2 })
    expect(issued.allow('a', [key(2, 1), key(4, 2), key(6, 3), key(8, 4)], NOW_MS)).toHaveLength(4)
    expect(
      issued.allow(
        'a',
        [2, 3, 4, 5].map((round) => key(round, 9)),
        NOW_MS,
      ),
    ).toEqual([])
    expect(issued.allow('a', [key(7, 5)], NOW_MS)).toEqual([key(7, 5)])
    expect(issued.allow('a', [key(6, 9)], NOW_MS)).toEqual([])
  })

  it('is that there was no room, as long as what there was none for may be accepted', () => {
    const issued = new OnePerRound({ maxRounds: 1 })
    issued.allow('a', [key(2, 1)], NOW_MS)
    issued.allow('a', [key(3, 2)], NOW_MS)
    expect(issued.allow('a', [key(2, 9)], NOW_MS + UNACCEPTED_MS - 1)).toEqual([])
    expect(issued.allow('a', [key(2, 9)], NOW_MS + UNACCEPTED_MS)).toEqual([key(2, 9)])
  })

  it('is that there was no room, even where there is some again', () => {
    const issued = new OnePerRound({ maxRounds: 2 })
    issued.allow('a', [key(6, 1)], NOW_MS)
    issued.allow('a', [key(4, 2)], NOW_MS + UNACCEPTED_MS / 2)
    issued.allow('a', [key(8, 3)], NOW_MS + UNACCEPTED_MS / 2)
    // Round 6 is forgotten, and what was issued for round 4 is not yet worth nothing.
    expect(issued.allow('a', [key(4, 9), key(6, 9)], NOW_MS + UNACCEPTED_MS)).toEqual([key(6, 9)])
  })

  it('is nothing, for so many, until others are forgotten', () => {
    const issued = new OnePerRound({ maxInstalls: 2 })
    issued.allow('a', [key(5, 1)], NOW_MS)
    issued.allow('b', [key(5, 2)], NOW_MS + 1)
    expect(issued.allow('c', [key(5, 3)], NOW_MS + 2)).toEqual([])
    // Who is known already goes on, and is remembered the longer.
    expect(issued.allow('a', [key(6, 4)], NOW_MS + 3)).toHaveLength(1)
    const later = NOW_MS + 1 + UNACCEPTED_MS
    expect(issued.allow('c', [key(5, 3)], later)).toHaveLength(1)
    expect(issued.allow('d', [key(5, 5)], later)).toEqual([])
    expect(issued.size).toBe(2)
  })

  it('is nothing for one who was allowed nothing', () => {
    const issued = new OnePerRound()
    issued.allow('a', [], NOW_MS)
    expect(issued.size).toBe(0)
  })

  it.each<OnePerRoundOptions>([
    { maxInstalls: 0 },
    { maxRounds: 0 },
    { maxRounds: 1.5 },
    { maxInstalls: Number.NaN },
  ])('has no bounds of %j', (options) => {
    expect(() => new OnePerRound(options)).toThrow(expect.objectContaining({ code: 'TACIT_CONFIG_INVALID' }))
  })
})

it('whatever is asked for, no install has two keys of a round that may be accepted at once', () => {
  const small = fc.nat({ max: 6 })
  const ask = fc.record({
    install: fc.constantFrom('a', 'b', 'c'),
    keys: fc.array(fc.record({ round: small, fill: small }), { maxLength: 5 }),
    afterMs: fc.constantFrom(0, 1, UNACCEPTED_MS / 3, UNACCEPTED_MS),
  })
  const bounds = fc.record({
    maxInstalls: fc.integer({ min: 1, max: 3 }),
    maxRounds: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(bounds, fc.array(ask, { maxLength: 30 }), (options, asks) => {
      const issued = new OnePerRound(options)
      const given = new Map<string, { x: string; untilMs: number }>()
      let nowMs = NOW_MS
      for (const { install, keys, afterMs } of asks) {
        nowMs += afterMs
        for (const { round, publicKey } of issued.allow(
          install,
          keys.map(({ round, fill }) => key(round, fill)),
          nowMs,
        )) {
          const x = encodeBase64Url(publicKey)
          const before = given.get(`${install} ${round}`)
          expect(before === undefined || before.x === x || before.untilMs <= nowMs).toBe(true)
          given.set(`${install} ${round}`, { x, untilMs: nowMs + UNACCEPTED_MS })
        }
        expect(issued.size).toBeLessThanOrEqual(options.maxInstalls)
      }
    }),
  )
})
