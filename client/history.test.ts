import { describe, expect, it } from 'vitest'
import { Catalogue, parseCatalogue } from './catalogue.js'
import { History } from './history.js'

const catalogue = new Catalogue(['lamp', 'chair', 'table', 'rug'])
const bytes = (text: string) => new TextEncoder().encode(text)

function history(items: string[], options = {}): History {
  const made = new History({ catalogue, ...options })
  items.forEach((item, at) => {
    made.add({ item, type: 'view_item', at })
  })
  return made
}

describe('History', () => {
  it('gives distinct rows in order of first event, whatever the order of adding', () => {
    const made = history(['table', 'lamp', 'table', 'rug'])
    made.add({ item: 'chair', at: -1 })
    expect([...made.rows()]).toEqual([1, 2, 0, 3])
  })

  it('keeps events of one time in order of adding, so that the item added last is held out', () => {
    const made = new History({ catalogue })
    for (const item of ['rug', 'lamp', 'table']) made.add({ item, at: 7 })
    expect(made.training()).toEqual({ history: Int32Array.of(3, 0), heldOut: 2 })
    made.add({ item: 'chair', at: 6 })
    expect([...made.rows()]).toEqual([1, 3, 0, 2])
  })

  it('holds out the latest distinct item from three on', () => {
    expect(history(['lamp', 'rug', 'lamp']).training()).toEqual({ history: Int32Array.of(0, 3) })
    expect(history(['lamp', 'rug', 'table', 'lamp']).training()).toEqual({
      history: Int32Array.of(0, 3),
      heldOut: 2,
    })
    expect(history(['lamp', 'rug'], { holdOutFrom: 2 }).training().heldOut).toBe(3)
    expect(
      history(['lamp', 'rug', 'table'], { holdOutFrom: Number.POSITIVE_INFINITY }).training().heldOut,
    ).toBe(undefined)
    expect(history([]).training()).toEqual({ history: new Int32Array() })
  })

  it('keeps items that the catalogue does not know, and counts them', () => {
    const made = history(['lamp', 'sofa', 'sofa'])
    expect([...made.rows()]).toEqual([0])
    expect([made.unknownEvents, made.events.length]).toEqual([2, 3])
    made.use(new Catalogue(['sofa']))
    expect([...made.rows()]).toEqual([0])
    expect(made.unknownEvents).toBe(1)
  })

  it('knows no rows before it has a catalogue', () => {
    const made = new History()
    made.add({ item: 'lamp', at: 1 })
    expect([made.rows().length, made.unknownEvents]).toEqual([0, 1])
  })

  it('deletes an event, an item, everything', () => {
    const made = history(['lamp', 'rug', 'lamp', 'table'])
    expect(made.delete({ item: 'lamp', type: 'view_item', at: 0 })).toBe(1)
    expect([...made.rows()]).toEqual([3, 0, 2])
    expect(made.delete({ item: 'lamp', at: 2 })).toBe(0)
    expect(made.delete('lamp')).toBe(1)
    expect([...made.rows()]).toEqual([3, 2])
    made.clear()
    expect(made.rows()).toHaveLength(0)
  })

  it('is bounded: the oldest event goes, and is counted', () => {
    const made = history(['lamp', 'rug', 'table'], { maxEvents: 2 })
    expect([...made.rows()]).toEqual([3, 2])
    expect(made.forgottenEvents).toBe(1)
  })

  it.each([[{ item: '', at: 1 }], [{ item: 'lamp', at: Number.NaN }]])('refuses %o', (event) => {
    expect(() => history([]).add(event)).toThrow(expect.objectContaining({ code: 'TACIT_SETTING_INVALID' }))
  })
})

describe('parseCatalogue', () => {
  it('reads a list of ids and knows its hash', () => {
    const parsed = parseCatalogue(bytes('["lamp","chair","table","rug"]'))
    expect(parsed.hash).toBe(catalogue.hash)
    expect([parsed.row('table'), parsed.row('sofa'), parsed.items]).toEqual([2, undefined, 4])
  })

  it.each(['{', '{}', '["a",1]', '["a","a"]', '"a"'])('refuses %s', (text) => {
    expect(() => parseCatalogue(bytes(text))).toThrow(
      expect.objectContaining({ code: 'TACIT_MODEL_INVALID' }),
    )
  })
})
