import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { addOptions, flagLayer } from '../cli/options.js'
import { fileLayer } from '../configuration/file.js'
import { resolve, SIMULATE_OPTIONS } from '../configuration/index.js'
import { reproduction } from './command.js'
import { syntheticRun } from './testing/synthetic-run.js'

const of = (configuration: Readonly<Record<string, unknown>>) =>
  reproduction({ ...syntheticRun(), configuration })

describe('reproduction', () => {
  it('spells the resolved configuration as flags', () => {
    const { command, missing } = of({
      data: 'ml-100k/u.data',
      secureSum: 'masked',
      coordinator: 'curious',
      assumedDropout: 0.2,
      settings: { factors: 32, alpha: 0.1 },
      latency: 300,
      regions: 'eu:1:0.5,us:-5:0.5',
      eventWeights: { view: 1, cart: 3 },
      files: { 'data/u.data': '00ff' },
    })
    expect(command).toBe(
      'tacit simulate --data ml-100k/u.data --secure-sum masked --coordinator curious --assumed-dropout 0.2 --latency 300 --regions eu:1:0.5,us:-5:0.5 --event-weights view=1 --event-weights cart=3 --set factors=32 --set alpha=0.1',
    )
    expect(missing).toEqual([])
  })

  it('says what flags cannot', () => {
    expect(of({ seed: 1, population: { hours: [1, 2] } }).missing).toEqual(['population.hours=[1,2]'])
  })

  it('resolves to the values that it was made of', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tacit-command-'))
    const file = join(dir, 'run.yaml')
    const text =
      'devices: 30\nsecureSum: masked\nsplit: user-time\nsettings: {factors: 4}\neventWeights: {a: 2}\n'
    writeFileSync(file, text)
    const { values } = resolve(SIMULATE_OPTIONS, [fileLayer(SIMULATE_OPTIONS, file)])
    rmSync(dir, { recursive: true })
    const command = addOptions(new Command(), SIMULATE_OPTIONS)
    command.parse(of(values).command.split(' ').slice(2), { from: 'user' })
    expect(resolve(SIMULATE_OPTIONS, [flagLayer(command, SIMULATE_OPTIONS)]).values).toEqual(values)
  })

  it('takes the command of the run where there is one', () => {
    const run = syntheticRun()
    expect(reproduction({ ...run, environment: { command: 'tacit simulate --seed 3' } }).command).toBe(
      'tacit simulate --seed 3',
    )
  })

  it.runIf(process.platform === 'linux')('reaches a shell as one word each, whatever is in it', () => {
    const hostile = `a b'; echo $(id) "x" \`y\` > z`
    const { command } = of({ data: hostile })
    const words = execFileSync('sh', ['-c', command.replace('tacit simulate', 'printf "%s|"')], {
      encoding: 'utf8',
    })
    expect(words).toBe(`--data|${hostile}|`)
  })
})
