import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, describe, expect, it } from 'vitest'
import { addOptions, flagLayer } from '../cli/options.js'
import { POPULATION_OPTIONS, populationOf } from './population-options.js'
import { resolve } from './resolve.js'

const dir = mkdtempSync(join(tmpdir(), 'tacit-population-options-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function read(...args: string[]) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  addOptions(command, POPULATION_OPTIONS).parse(args, { from: 'user' })
  return populationOf(resolve(POPULATION_OPTIONS, [flagLayer(command, POPULATION_OPTIONS)]).values)
}

describe('the options of a population', () => {
  it('say nothing where nothing is given', () => {
    expect(read()).toEqual({})
  })

  it('say all that there is to say', () => {
    const when = ['--availability', 'diurnal', '--start-hour', '6.5', '--round-every', '15']
    const who = ['--regions', 'eu:1:0.5, us:-5:0.3,india:5.5:0.2', '--speeds', 'fast:2:0.9,slow:0.5:0.1:0.3']
    const training = ['--training-ms', '20', '--training-spread', '1']
    const link = ['--bandwidth', '1.5Mbit', '--download-ratio', '10', '--bandwidth-spread', '0']
    expect(read(...when, ...who, ...training, ...link, '--latency-spread', '0.7')).toEqual({
      availability: 'diurnal',
      startHour: 6.5,
      roundEveryMinutes: 15,
      regions: [
        { name: 'eu', utcOffsetHours: 1, share: 0.5 },
        { name: 'us', utcOffsetHours: -5, share: 0.3 },
        { name: 'india', utcOffsetHours: 5.5, share: 0.2 },
      ],
      speeds: [
        { name: 'fast', speed: 2, share: 0.9 },
        { name: 'slow', speed: 0.5, share: 0.1, dropout: 0.3 },
      ],
      trainingMsPerEvent: 20,
      trainingSpread: 1,
      uploadBitsPerSecond: 1.5e6,
      downloadRatio: 10,
      bandwidthSpread: 0,
      latencySpread: 0.7,
    })
    expect(read('--trace', 'some.csv')).toEqual({ trace: 'some.csv' })
  })

  it('take a file for a day', () => {
    const path = join(dir, 'day.txt')
    writeFileSync(path, '0.5\n'.repeat(24))
    expect(read('--availability', path)).toEqual({ availability: Array(24).fill(0.5) })
  })

  it.each([
    ['5Mbit', 5e6],
    ['500kbit', 5e5],
    ['2 Gbit', 2e9],
    ['64000bit', 64000],
  ])('read %s', (text, rate) => {
    expect(read('--bandwidth', text)).toEqual({ uploadBitsPerSecond: rate })
  })

  it.each([
    [['--regions', 'eu:1:0.5', '--availability', 'diurnal'], /sum to 0.5/],
    [['--regions', 'eu:1:0.5,eu:2:0.5', '--availability', 'diurnal'], /eu is given twice/],
    [['--regions', 'eu:15:1', '--availability', 'diurnal'], /\[-12, 14\]/],
    [['--regions', 'eu:1', '--availability', 'diurnal'], /NAME:UTC_OFFSET:SHARE/],
    [['--regions', ':1:1', '--availability', 'diurnal'], /NAME:UTC_OFFSET:SHARE/],
    [['--regions', 'eu:1:1'], /--availability/],
    [['--speeds', 'slow:0:1'], /\(0,/],
    [['--speeds', 'slow:1:1:1'], /\[0, 0.999\]/],
    [['--speeds', 'slow:1:1:0.1:9'], /NAME:SPEED:SHARE/],
    [['--bandwidth', '5MB'], /5Mbit/],
    [['--bandwidth', '0bit'], /5Mbit/],
    [['--start-hour', '24'], /\[0, 23.999\]/],
    [['--trace', 'a.csv', '--availability', 'always'], /trace/],
    [['--availability', '/nowhere'], /nowhere/],
  ])('refuse %j', (args, message) => {
    expect(() => read(...args)).toThrow(message)
  })
})
