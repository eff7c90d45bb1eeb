import { describe, expect, it } from 'vitest'
import { SIMULATE_OPTIONS } from '../configuration/options.js'
import type { Place } from '../configuration/place.js'
import { resolve } from '../configuration/resolve.js'
import { simulationConfiguration } from '../configuration/setup.js'
import { syntheticDataset } from '../data/index.js'
import { Simulation } from './simulation.js'

const dataset = syntheticDataset({ devices: 120, items: 150, seed: 4 })
const dp = {
  data: 'synthetic',
  dp: 'distributed',
  noise: 0.001,
  factors: 8,
  rounds: 2,
  cohorts: 'drawn',
}

function configured(values: Readonly<Record<string, unknown>>) {
  const places = new Map<string, Place>(
    Object.keys(values).map((name) => [name, { from: 'flag', flag: `--${name}` }]),
  )
  return simulationConfiguration(resolve(SIMULATE_OPTIONS, [{ values, places }]), dataset)
}

async function run(rotate: boolean) {
  const configuration = configured({ ...dp, clip: 3, workers: 1, ...(rotate && { rotate }) })
  return new Simulation(dataset, configuration).run()
}

describe('vectors that are rotated', () => {
  it('are for runs with noise, and only where they are asked for', () => {
    expect(configured({ ...dp, rotate: true }).privacy!.rotate).toBe(true)
    expect(configured(dp).privacy).not.toHaveProperty('rotate')
    expect(() => configured({ rotate: true })).toThrow('it is for --dp')
    expect(() => configured({ rotate: false })).not.toThrow()
  })

  it('cost smaller uploads and no accuracy, at the same epsilon', async () => {
    const [straight, turned] = [await run(false), await run(true)]
    expect(turned.modelHash).not.toBe(straight.modelHash)
    expect(turned.privacy!.epsilon).toBe(straight.privacy!.epsilon)
    expect(turned.uploadBytesPerDevice / straight.uploadBytesPerDevice).toBeLessThan(0.95)
    const hits = [straight, turned].map(({ metrics }) => metrics!.sampled!['hr@10'])
    // A device of 120 is .0083: by so little noise, and by rounding, a few rank otherwise.
    expect(Math.abs(hits[0]! - hits[1]!)).toBeLessThan(0.03)
    expect(hits[0]).toBeGreaterThan(0.2)
  })
})
