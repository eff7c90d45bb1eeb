import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Dataset } from './dataset.js'
import { loadDataset } from './load.js'

const root = mkdtempSync(join(tmpdir(), 'tacit-load-'))
afterAll(() => rmSync(root, { recursive: true }))

let made = 0
/** A fresh folder that holds the files given. */
function folder(files: Record<string, string | Buffer>): string {
  const path = join(root, `set-${made++}`)
  mkdirSync(path)
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

/** Events as [device, item, time, behaviour], in the order of the histories. */
function events(data: Dataset): (string | number)[][] {
  const { offsets, items, times, behaviours } = data.histories
  return data.devices.flatMap((device, d) =>
    Array.from({ length: offsets[d + 1]! - offsets[d]! }, (_, i) => {
      const at = offsets[d]! + i
      return [device, data.catalogue[items[at]!]!, times[at]!, data.behaviours[behaviours[at]!]!]
    }),
  )
}

describe('MovieLens', () => {
  const rows = [
    ['7', '10', '3', '200'],
    ['5', '11', '1', '100'],
    ['7', '12', '5', '100'],
    ['7', '11', '5', '200'],
  ]
  const expected = [
    ['7', '12', 100, 'event'],
    ['7', '10', 200, 'event'],
    ['7', '11', 200, 'event'],
    ['5', '11', 100, 'event'],
  ]

  it('u.data: per device in time order, equal times by line', () => {
    const text = `${rows.map((row) => row.join('\t')).join('\n')}\n`
    const path = folder({ 'u.data': text, 'u.item': '10|Toy Story (1995)|x\n', 'u1.base': text })
    const data = loadDataset(path)
    expect(data).toMatchObject({ format: 'movielens-tab', behaviours: ['event'], interactions: 4 })
    expect(data.name).toMatch(/^set-/)
    expect(data.catalogue).toEqual(['10', '11', '12'])
    expect(data.devices).toEqual(['7', '5'])
    expect(events(data)).toEqual(expected)
    expect(loadDataset(join(path, 'u.data')).name).toBe('u.data')
  })

  it('ratings.dat, told by its content whatever its name', () => {
    const text = `${rows.map((row) => row.join('::')).join('\r\n')}\r\n\r\n`
    const data = loadDataset(folder({ 'whatever.xyz': text, 'users.dat': '1::F::1::10::48067\n' }))
    expect(data.format).toBe('movielens-colons')
    expect(events(data)).toEqual(expected)
  })
})

describe('NCF trio', () => {
  const trio = {
    'toy.train.rating': '0\t5\t4\t10\n0\t6\t4\t11\n1\t6\t1\t5\n',
    'toy.test.rating': '0\t7\t5\t20\n1\t5\t5\t20\n',
    'toy.test.negative': '(0,7)\t8\t9\n(1,5)\t7\t8\n',
  }

  it('takes its own split and negatives, by folder or by any of its files', () => {
    const path = folder(trio)
    const data = loadDataset(path)
    expect(data).toMatchObject({ name: 'toy', format: 'ncf-trio', interactions: 5 })
    expect(data.catalogue).toEqual(['5', '6', '7', '8', '9'])
    expect([...data.heldOut!]).toEqual([2, 0])
    expect(data.negatives!.perDevice).toBe(2)
    expect([...data.negatives!.items]).toEqual([3, 4, 2, 3])
    expect(loadDataset(join(path, 'toy.test.negative'))).toEqual(data)
  })

  it.each([
    ['toy.test.negative', '(0,7)\t8\t9\n(1,6)\t7\t8\n', 2, 1, /does not hold out item 6 of user 1/],
    ['toy.test.negative', '(0,7)\t8\t9\n0,5\t7\t8\n', 2, 1, /\(user,item\) was expected/],
    ['toy.test.negative', '(0,7)\t8\t9\n(1,5)\t7\t5\n', 2, 9, /item 5 is the one held out/],
    ['toy.test.negative', '(0,7)\t8\t9\n(1,5)\t7\n', 2, 8, /3 fields were expected, not 2/],
    ['toy.test.rating', '0\t7\t5\t20\n0\t5\t5\t20\n', 2, 1, /a second held-out item for user 0/],
    ['toy.train.rating', '0\t5\tgood\t10\n', 1, 5, /a rating was expected, not "good"/],
  ])('refuses a malformed %s', (file, content, line, column, message) => {
    const path = folder({ ...trio, [file]: content })
    expectFailure(path, 'TACIT_DATA_MALFORMED', { file: join(path, file), line, column }, message)
  })

  it('refuses a trio whose negatives leave a held-out user without any', () => {
    const path = folder({ ...trio, 'toy.test.negative': '(0,7)\t8\t9\n' })
    const file = join(path, 'toy.test.negative')
    expectFailure(path, 'TACIT_DATA_EMPTY', { file }, /no line for user 1/)
  })

  it('misses its third file, and cannot choose among two trios', () => {
    const { 'toy.test.negative': _, ...two } = trio
    const path = folder(two)
    expectFailure(path, 'TACIT_DATA_UNREADABLE', { file: join(path, 'toy.test.negative') }, /no such file/)
    expectFailure(
      folder({ ...trio, 'b.train.rating': '' }),
      'TACIT_DATA_UNDECIDABLE',
      {},
      /b\.train.*toy\.train/,
    )
  })
})

describe('delimited text', () => {
  it('finds the columns by any alias, in any order, with a behaviour', () => {
    const text = 'Unix_Time|extra|PRODUCT-ID|visitorid|Behavior\n1000|x|i1|u1|view\n999.5|y|i2|u1|buy\n'
    const data = loadDataset(folder({ 'log.txt': text }))
    expect(data).toMatchObject({ format: 'delimited', behaviours: ['view', 'buy'], catalogue: ['i1', 'i2'] })
    expect(events(data)).toEqual([
      ['u1', 'i2', 999.5, 'buy'],
      ['u1', 'i1', 1000, 'view'],
    ])
  })

  it('reads quoted fields, a byte order mark, CRLF, milliseconds and ISO 8601', () => {
    const text =
      '\ufeffuser,item,time\r\n"a, b","say ""hi""",1700000000000\r\n c , d ,2023-11-14T22:13:21Z\r\n\r\n'
    const data = loadDataset(folder({ 'events.csv': text }))
    expect(events(data)).toEqual([
      ['a, b', 'say "hi"', 1.7e9, 'event'],
      ['c', 'd', 1_700_000_001, 'event'],
    ])
  })

  it('reads UTF-8 and, where it is not UTF-8, Latin-1', () => {
    const text = 'user;item;time\nJosé;café;1\n'
    for (const encoding of ['utf8', 'latin1'] as const) {
      const data = loadDataset(folder({ 'x.csv': Buffer.from(text, encoding) }))
      expect(events(data)).toEqual([['José', 'café', 1, 'event']])
    }
  })

  it('reads on over the borders of pieces of the file', () => {
    const count = 300_000
    const rows = Array.from({ length: count }, (_, i) => `user-é-${i % 1000},item-${i % 777},${i}`)
    const data = loadDataset(folder({ 'x.csv': `user,item,time\n${rows.join('\n')}` }))
    expect([data.devices.length, data.catalogue.length, data.interactions]).toEqual([1000, 777, count])
    expect(data.devices[5]).toBe('user-é-5')
  })
})

describe('a sibling test file', () => {
  const main = 'user\titem\tbehavior\ttime\nu1\ta\tview\t1\nu2\tb\tbuy\t2\n'

  it('with one row per user holds that item out; what is unknown is appended', () => {
    const path = folder({ 'events.tsv': main, 'test.tsv': 'user\titem\nu2\tz\nu9\ta\n' })
    const data = loadDataset(path)
    expect(data.catalogue).toEqual(['a', 'b', 'z'])
    expect(data.devices).toEqual(['u1', 'u2', 'u9'])
    expect([...data.heldOut!]).toEqual([-1, 2, 0])
    expect(data.interactions).toBe(4)
    expect([...data.histories.offsets]).toEqual([0, 1, 2, 2])
    expect(loadDataset(join(path, 'events.tsv')).heldOut).toEqual(data.heldOut)
  })

  it('of other sessions appends them as devices', () => {
    const train = 'SessionId\tItemId\tTime\n3\ta\t1.5\n3\tb\t2.5\n'
    const test = 'SessionId\tItemId\tTime\n1\tb\t9\n1\tc\t8\n'
    const data = loadDataset(folder({ 'train.tsv': train, 'test.tsv': test }))
    expect(data).toMatchObject({ format: 'sessions', testFrom: 1, interactions: 4, devices: ['3', '1'] })
    expect(data.heldOut).toBeUndefined()
    expect(events(data).slice(2)).toEqual([
      ['1', 'c', 8, 'event'],
      ['1', 'b', 9, 'event'],
    ])
    const path = folder({ 'train.tsv': train, 'test.tsv': 'SessionId\tItemId\tTime\n1\ta\t1\n3\tb\t9\n' })
    const place = { file: join(path, 'test.tsv'), line: 3, column: 1 }
    expectFailure(path, 'TACIT_DATA_MALFORMED', place, /session 3 is in the training file as well/)
  })

  it('is refused with several rows for a user, unreadable or doubled', () => {
    const several = folder({ 'events.tsv': main, 'test.tsv': 'item\tuser\na\tu1\nb\tu1\n' })
    const place = { file: join(several, 'test.tsv'), line: 3, column: 3 }
    expectFailure(several, 'TACIT_DATA_MALFORMED', place, /a second held-out item for user u1/)
    expectFailure(
      folder({ 'events.tsv': main, 'test.csv': 'a,b\n1,2\n' }),
      'TACIT_DATA_UNDECIDABLE',
      {},
      /no user/,
    )
    const two = folder({ 'events.tsv': main, 'test.csv': 'user,item\n', 'test.tsv': 'user\titem\n' })
    expectFailure(two, 'TACIT_DATA_UNDECIDABLE', { file: two }, /test\.csv, test\.tsv/)
    expectFailure(
      folder({ 'events.tsv': main, 'test.csv': 'user,item\n' }),
      'TACIT_DATA_EMPTY',
      {},
      /no event/,
    )
  })
})

describe('failures', () => {
  it.each([
    ['too few fields', 'user,item,time\nu,i,1\nu,i\n', 3, 4, /3 fields were expected, not 2/],
    ['too many fields', 'user,item,time\nu,i,1,x\n', 2, 7, /3 fields were expected, not 4/],
    ['no item', 'user,item,time\nuser,,1\n', 2, 6, /the item is empty/],
    ['no time', 'user,item,time\nu,i,soon\n', 2, 5, /a time: .* was expected, not "soon"/],
    ['an open quote', 'user,item,time\nu,"i,1\n', 2, 3, /quote is not closed/],
    ['text after a quote', 'user,item,time\nu,"i"x,1\n', 2, 6, /text after a closing quote/],
    ['a blank line', 'user,item,time\nu,i,1\n\nu,j,1\n', 3, 1, /a blank line/],
    ['no rating', '1\t2\tx\t4\n1\t2\t3\t4\n', 1, 5, /a rating was expected/],
    ['a bad rating time', '1::2::3::4\n1::2::3::never\n', 2, 10, /a time/],
  ])('names the place of %s', (_, content, line, column, message) => {
    const path = join(folder({ 'x.csv': content }), 'x.csv')
    expectFailure(path, 'TACIT_DATA_MALFORMED', { file: path, line, column }, message)
  })

  it('refuses a 257th kind of event', () => {
    const rows = Array.from({ length: 257 }, (_, i) => `u,i,1,kind-${i}`)
    const path = join(folder({ 'x.csv': `user,item,time,type\n${rows.join('\n')}\n` }), 'x.csv')
    expectFailure(path, 'TACIT_DATA_MALFORMED', { line: 258, column: 7 }, /more than 256/)
  })

  it('a missing path, an empty file or folder, a header alone', () => {
    const missing = join(root, 'nowhere')
    expectFailure(missing, 'TACIT_DATA_UNREADABLE', { file: missing }, /no such file or folder/)
    expectFailure(folder({}), 'TACIT_DATA_EMPTY', {}, /no file in the folder/)
    expectFailure(folder({ 'x.csv': '' }), 'TACIT_DATA_EMPTY', {}, /the file is empty/)
    expectFailure(folder({ 'x.csv': '\n\n' }), 'TACIT_DATA_EMPTY', {}, /the file is empty/)
    expectFailure(folder({ 'x.csv': 'user,item,time\n' }), 'TACIT_DATA_EMPTY', {}, /no event/)
  })

  it('what cannot be decided, saying what is missing or who the candidates are', () => {
    const table = 'user,item,time\nu,i,1\n'
    expectFailure(
      folder({ 'x.csv': 'user,item\nu,i\n' }),
      'TACIT_DATA_UNDECIDABLE',
      {},
      /names no time .*unix_time/,
    )
    expectFailure(folder({ 'x.csv': 'user,price,time\n' }), 'TACIT_DATA_UNDECIDABLE', {}, /names no item/)
    expectFailure(folder({ 'x.csv': '1,2,3\n' }), 'TACIT_DATA_UNDECIDABLE', {}, /names no user or session/)
    expectFailure(folder({ x: Buffer.of(1, 0, 2) }), 'TACIT_DATA_UNDECIDABLE', {}, /not text/)
    expectFailure(folder({ 'a.csv': table, 'b.csv': table }), 'TACIT_DATA_UNDECIDABLE', {}, /a\.csv, b\.csv/)
    expectFailure(folder({ a: 'x', b: 'y' }), 'TACIT_DATA_UNDECIDABLE', {}, /none of its files .*a, b/)
  })

  it('a usual name decides among tables', () => {
    const path = folder({
      'ratings.csv': 'userId,movieId,timestamp\n1,2,3\n',
      'tags.csv': 'user,item,time\nu,i,1\n',
    })
    expect(loadDataset(path).catalogue).toEqual(['2'])
  })
})

function expectFailure(path: string, code: string, details: object, message: RegExp): void {
  let thrown: unknown
  try {
    loadDataset(path)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code, details })
  expect((thrown as Error).message).toMatch(message)
}
