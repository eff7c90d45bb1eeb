import { describe, expect, it } from 'vitest'
import { utf8ToBytes } from '../../../bytes/index.js'
import { fromEntry, toText } from '../bodies.js'
import { type Listed, listed, Roster } from '../coordinator/roster.js'
import type { Entry } from '../entry.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { ANONYMOUS } from '../testing/round.js'
import { KnownEntries } from './known-entries.js'

const PLAN = {
  planHash: 'ab'.repeat(32),
  roundId: 'cd'.repeat(16),
  round: 3,
  minimum: 2,
  largestGroup: 100,
  length: 1,
  modulusBits: 24,
  masking: ANONYMOUS,
}

const entryOf = (fill: number): Entry => ({
  identity: new Uint8Array(32).fill(fill),
  channel: new Uint8Array(32).fill(fill + 1),
  mask: new Uint8Array(32).fill(fill + 2),
  commitment: new Uint8Array(32).fill(fill + 3),
  signature: new Uint8Array(64).fill(fill + 4),
  credential: '',
})

/** What a device knows that stands in this list with its first entry, and how to show it others. */
function known(devices: readonly Listed[]) {
  const roster = new Roster(PLAN, 1, devices)
  const own = devices[0]!
  const { attempt, members, root, names, digest, committee } = roster
  const index = roster.list.indexOf(own)
  const entries = new KnownEntries({ attempt, members, root, names, digest, committee, index }, own.entry)
  const bodyAt = (at: number) => ({ ...fromEntry(roster.list[at]!.entry), proof: toText(roster.proof(at)) })
  return { entries, roster, index, bodyAt }
}

const five = [0, 10, 20, 30, 40].map((fill, i) => listed(String(i), entryOf(fill)))
const withCode = (code: string) => expect.objectContaining({ code })
const context = {
  plan: PLAN,
  masking: ANONYMOUS,
  own: { random: undefined as never, identity: undefined, limits: { minimumCohort: 2, minimumThreshold: 2 } },
  environment: { suite: rememberingSuite },
}

describe('the entries that a device is shown', () => {
  it('stand where they are said to stand, and nowhere else', () => {
    const { entries, roster, bodyAt } = known(five)
    for (let at = 0; at < 5; at++) expect(entries.read(at, bodyAt(at))).toEqual(roster.list[at]!.entry)
    for (let at = 0; at < 4; at++) {
      expect(() => entries.read(at, bodyAt(at + 1))).toThrow(withCode('TACIT_ROSTER_INVALID'))
    }
  })

  it('go by the name that their identity gives them, and hide behind no other', () => {
    const twin = { ...five[3]!, name: utf8ToBytes('another!') }
    const { entries, roster, bodyAt } = known([...five, twin])
    expect(() => entries.read(roster.list.indexOf(twin), bodyAt(roster.list.indexOf(twin)))).toThrow(
      withCode('TACIT_ROSTER_INVALID'),
    )
  })

  it('have the device itself among them, as it sent itself', () => {
    const { entries, roster, index } = known(five)
    expect(() => entries.checkOwn(toText(roster.proof(index)))).not.toThrow()
    expect(() => entries.checkOwn(toText(roster.proof((index + 1) % 5)))).toThrow(
      withCode('TACIT_ROSTER_INVALID'),
    )
  })

  it.each(['channel', 'mask'] as const)(
    'share no %s with each other, nor with the device itself',
    async (field) => {
      for (const with_ of [0, 2]) {
        const shares = listed('1', { ...entryOf(10), [field]: entryOf(with_ * 10)[field] })
        const { entries, bodyAt } = known([five[0]!, shares, ...five.slice(2)])
        for (let at = 0; at < 5; at++) entries.read(at, bodyAt(at))
        await expect(entries.vouch(context)).rejects.toMatchObject({ code: 'TACIT_NEIGHBOUR_INVALID' })
      }
      const { entries, bodyAt } = known(five)
      for (let at = 0; at < 5; at++) entries.read(at, bodyAt(at))
      await expect(entries.vouch(context)).resolves.toBeUndefined()
    },
  )
})
