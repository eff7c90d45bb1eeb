import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { reproduction } from './command.js'
import { syntheticRun } from './testing/synthetic-run.js'

const of = (configuration: Readonly<Record<string, unknown>>) =>
  reproduction({ ...syntheticRun(), configuration })

describe('reproduction', () => {
  it('spells the resolved configuration as flags', () => {
    const { command, missing } = of({
      data: 'ml-100k/u.data',
      secureSum: 'masked',
      masking: { coordinator: 'curious', dropout: 0.2 },
      settings: { factors: 32, alpha: 0.1 },
      latencyMs: 300,
    })
    expect(command).toBe(
      'tacit simulate --data ml-100k/u.data --secure-sum masked --coordinator curious --assumed-dropout 0.2 --set factors=32 --set alpha=0.1 --latency 300',
    )
    expect(missing).toEqual([])
  })

  it('says what flags cannot', () => {
    expect(of({ seed: 1, population: { hours: [1, 2] } }).missing).toEqual(['population.hours=[1,2]'])
  })

  it('leaves masking out where nothing is masked: its flags would be refused', () => {
    expect(of({ secureSum: 'plain', masking: { dropout: 0.1 } }).command).toBe(
      'tacit simulate --secure-sum plain',
    )
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
