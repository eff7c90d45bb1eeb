import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { loadDataset } from './load.js'

const root = mkdtempSync(join(tmpdir(), 'tacit-round-trip-'))
afterAll(() => rmSync(root, { recursive: true }))

interface Event {
  readonly user: string
  readonly item: string
  readonly time: number
  readonly behaviour: string
}

/** Ids of characters that are awkward somewhere, none of which is a line end, at the edge a space, or a colon. */
const awkward = fc
  .string({ unit: fc.constantFrom(...'ab7é€,;|"\t ='), minLength: 1, maxLength: 5 })
  .filter((text) => text.trim() === text)
const plain = fc.string({ unit: fc.constantFrom(...'abc019-_'), minLength: 1, maxLength: 5 })

const eventsOf = (id: fc.Arbitrary<string>) =>
  fc.array(fc.record({ user: id, item: id, time: fc.nat(2_000_000_000), behaviour: id }), {
    minLength: 1,
    maxLength: 40,
  })

const csv = (delimiter: string) => (text: string) =>
  text.includes(delimiter) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text

const withHeader = (delimiter: string, device: string) => (events: readonly Event[]) => {
  const quote = csv(delimiter)
  const rows = events.map(({ user, item, time, behaviour }) =>
    [user, item, time, behaviour].map((field) => quote(String(field))).join(delimiter),
  )
  return [`${device},item,time,event`.replaceAll(',', delimiter), ...rows].join('\n')
}

const ratings = (delimiter: string) => (events: readonly Event[]) =>
  events.map(({ user, item, time }) => [user, item, 3, time].join(delimiter)).join('\n')

const FORMATS = [
  ['tab', 'delimited', awkward, withHeader('\t', 'user'), true],
  ['comma', 'delimited', awkward, withHeader(',', 'visitorid'), true],
  ['semicolon', 'delimited', awkward, withHeader(';', 'uid'), true],
  ['pipe', 'delimited', awkward, withHeader('|', 'USER_ID'), true],
  ['sessions', 'sessions', awkward, withHeader(',', 'SessionId'), true],
  ['u.data', 'movielens-tab', plain, ratings('\t'), false],
  ['ratings.dat', 'movielens-colons', plain, ratings('::'), false],
] as const

describe('any events written as', () => {
  it.each(FORMATS)('%s load back equal', (name, format, ids, write, behaviours) => {
    fc.assert(
      fc.property(eventsOf(ids), fc.boolean(), fc.boolean(), (events, crlf, mark) => {
        const file = join(root, name)
        const text = `${mark ? '\ufeff' : ''}${write(events)}\n`
        writeFileSync(file, crlf ? text.replaceAll('\n', '\r\n') : text)
        const data = loadDataset(file)

        const firsts = (key: 'user' | 'item' | 'behaviour') => [...new Set(events.map((event) => event[key]))]
        expect(data.format).toBe(format)
        expect(data.devices).toEqual(firsts('user'))
        expect(data.catalogue).toEqual(firsts('item'))
        expect(data.behaviours).toEqual(behaviours ? firsts('behaviour') : ['event'])
        expect(data.interactions).toBe(events.length)
        const { offsets, items, times, behaviours: kinds } = data.histories
        for (const [d, user] of data.devices.entries()) {
          const own = events.filter((event) => event.user === user).sort((a, b) => a.time - b.time)
          const span = [offsets[d]!, offsets[d + 1]!] as const
          expect([...items.slice(...span)].map((row) => data.catalogue[row])).toEqual(own.map((e) => e.item))
          expect([...times.slice(...span)]).toEqual(own.map((e) => e.time))
          const expected = own.map((e) => (behaviours ? e.behaviour : 'event'))
          expect([...kinds.slice(...span)].map((kind) => data.behaviours[kind])).toEqual(expected)
        }
      }),
      { numRuns: 60 },
    )
  })
})
