import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readCurve } from './curve-file.js'
import { type Interval, Trace } from './trace.js'
import { readTrace } from './trace-file.js'

const dir = mkdtempSync(join(tmpdir(), 'tacit-trace-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const file = (text: string) => {
  const path = join(dir, 'trace.csv')
  writeFileSync(path, text)
  return path
}
const read = (text: string) => readTrace(file(text), ['ann', 'bob', '7'])

const SILENT = { speed: Number.NaN, uploadBitsPerSecond: Number.NaN }

describe('a trace file', () => {
  it('says when devices are there, by id or number, in seconds', () => {
    expect(read('device,from,to\nbob,0,60\n#0,30,90.5\n7,1e2,200\n')).toEqual({
      intervals: [
        { device: 1, fromMs: 0, toMs: 60_000, ...SILENT },
        { device: 0, fromMs: 30_000, toMs: 90_500, ...SILENT },
        { device: 2, fromMs: 100_000, toMs: 200_000, ...SILENT },
      ],
      saysSpeed: false,
      saysBandwidth: false,
    })
  })

  it('says how fast they are and their links, in any order of columns', () => {
    expect(read('upload_bits_per_s,to,from,"device",speed\n5e6,60,0,"ann",0.5\n')).toEqual({
      intervals: [{ device: 0, fromMs: 0, toMs: 60_000, speed: 0.5, uploadBitsPerSecond: 5e6 }],
      saysSpeed: true,
      saysBandwidth: true,
    })
  })

  it('has intervals of one device that touch', () => {
    expect(read('device,from,to\nann,60,90\nann,0,60\nbob,0,70').intervals).toHaveLength(3)
  })

  it.each([
    ['a column that it does not know', 'device,from,to,colour\n', 1, 16, /no column .* "colour"/],
    ['a column twice', 'device,from,to,from\n', 1, 16, /from is there twice/],
    ['no column to', 'device,from\n', 1, 1, /lacks to/],
    ['too few fields', 'device,from,to\nann,1\n', 2, 6, /3 fields were expected, not 2/],
    ['too many', 'device,from,to\nann,1,2,3\n', 2, 9, /3 fields were expected, not 4/],
    ['an unknown device', 'device,from,to\nann,1,2\neve,1,2\n', 3, 1, /no device "eve"/],
    ['a bare number that is no id', 'device,from,to\n0,1,2\n', 2, 1, /no device "0"/],
    ['a number beyond the last', 'device,from,to\n#3,1,2\n', 2, 1, /3 devices/],
    ['an empty device', 'device,from,to\n,1,2\n', 2, 1, /the device is empty/],
    ['a time before all', 'device,from,to\nann,-1,2\n', 2, 5, /at least 0/],
    ['a time that is none', 'device,from,to\nann,1,soon\n', 2, 7, /seconds/],
    ['an endless time', 'device,from,to\nann,1,Infinity\n', 2, 7, /seconds/],
    ['an end that is no later', 'device,from,to\nann,5,5\n', 2, 7, /not after from/],
    ['no speed', 'device,from,to,speed\nann,1,2,0\n', 2, 9, /above 0/],
    ['no bandwidth', 'device,from,to,upload_bits_per_s\nann,1,2,\n', 2, 9, /is empty/],
    ['a device twice at a time', 'device,from,to\nann,50,60\nbob,0,9\nann,0,51\n', 2, 5, /see line 4/],
    ['an open quote', 'device,from,to\n"ann,1,2\n', 2, 1, /quote/],
  ])('refuses %s, by its place', (_, text, line, column, problem) => {
    const at = { line, column, problem: expect.stringMatching(problem) }
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'TACIT_DATA_MALFORMED', details: expect.objectContaining(at) }),
    )
  })

  it.each(['', 'device,from,to\n'])('refuses one that says nothing: %j', (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'TACIT_DATA_EMPTY' }))
  })

  it('refuses one that is not there', () => {
    expect(() => readTrace(join(dir, 'none.csv'), [])).toThrow(
      expect.objectContaining({ code: 'TACIT_DATA_UNREADABLE' }),
    )
  })
})

describe('a trace', () => {
  const interval = (device: number, fromMs: number, toMs: number): Interval => ({
    device,
    fromMs,
    toMs,
    ...SILENT,
  })
  const trace = new Trace(
    [
      interval(2, 100, 200),
      interval(0, 50, 60),
      interval(0, 10, 20),
      interval(0, 20, 30),
      interval(9, 0, 1e9),
    ],
    3,
  )

  it('has devices there from the first moment of an interval to before its last', () => {
    const there = [9, 10, 29, 30, 55, 100, 199, 200].map((at) => [...trace.devices(at)])
    expect(there).toEqual([[], [0], [0], [], [0], [2], [2], []])
    expect(trace.intervalAt(1, 15)).toBeUndefined()
  })

  it('has them stay over intervals that touch', () => {
    expect([10, 19, 20, 55].map((at) => trace.staysUntil(0, at))).toEqual([30, 30, 30, 60])
    expect([5, 30, 70].map((at) => trace.staysUntil(0, at))).toEqual([5, 30, 70])
  })

  it('changes for the better where an interval begins', () => {
    expect([0, 10, 20, 49, 99, 100].map((at) => trace.nextChange(at))).toEqual([
      10,
      20,
      50,
      50,
      100,
      undefined,
    ])
  })

  it('answers what looking at every interval would', () => {
    const stretch = fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 9 }))
    const gaps = fc.array(fc.array(stretch, { maxLength: 6 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(gaps, fc.nat(300), (devices, at) => {
        const all = devices.flatMap((own, device) => {
          let end = 0
          return own.map(([gap, length]) => {
            const from = end + gap
            end = from + length
            return interval(device, from, end)
          })
        })
        const made = new Trace([...all].reverse(), devices.length)
        const there = all.filter(({ fromMs, toMs }) => fromMs <= at && at < toMs)
        expect([...made.devices(at)]).toEqual(there.map(({ device }) => device).sort((a, b) => a - b))
        expect(made.count(at)).toBe(there.length)
        for (const { device } of there) {
          const covered = (time: number) =>
            all.some((own) => own.device === device && own.fromMs <= time && time < own.toMs)
          let until = at
          while (covered(until)) until++
          expect(made.staysUntil(device, at)).toBe(until)
        }
      }),
    )
  })
})

describe('a curve file', () => {
  const curve = (lines: readonly string[]) => readCurve(file(lines.join('\n')))
  const day = Array.from({ length: 24 }, (_, hour) => `${hour / 24}`)

  it('has 24 shares, one a line', () => {
    expect(curve(day)).toEqual(day.map(Number))
  })

  it.each([
    ['too few', day.slice(1), 23],
    ['too many', [...day, '1'], 25],
    ['a share above 1', day.with(3, '1.1'), 4],
    ['a share that is none', day.with(5, 'noon'), 6],
  ])('refuses %s, by its place', (_, lines, line) => {
    expect(() => curve(lines)).toThrow(
      expect.objectContaining({
        code: 'TACIT_DATA_MALFORMED',
        details: expect.objectContaining({ line }),
      }),
    )
  })
})
