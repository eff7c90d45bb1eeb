import { describe, expect, it } from 'vitest'
import { syntheticDataset } from '../data/index.js'
import type { RunData } from '../report/index.js'
import { syntheticRun } from '../report/testing/synthetic-run.js'
import { Simulation, type SimulationConfiguration, type SimulationResult } from '../runner/index.js'
import { labelHtml, labelText, privacyFacts, runSource, taskSource } from './index.js'

const configuration: SimulationConfiguration = {
  model: 'popularity',
  settings: {},
  rounds: 3,
  cohort: 30,
  seed: 1,
  workers: 1,
  transport: 'memory',
  secureSum: 'plain',
  dropout: 0,
  latencyMs: 0,
  blockRows: 100_000,
  privacy: {
    mode: 'distributed',
    mechanism: 'skellam',
    clip: 1,
    adversarial: 0.1,
    epsilon: 6,
    delta: 1e-6,
    accountant: 'rdp',
    cohorts: 'coins',
    minimumCohort: 8,
  },
}

const runWith = (of: Partial<NonNullable<SimulationResult['privacy']>>): RunData => {
  const run = syntheticRun({ epsilon: 4 })
  return { ...run, result: { ...run.result!, privacy: { ...run.result!.privacy!, ...of } } }
}
const factsOf = (run: RunData) => privacyFacts(runSource('runs/first', run))

describe('privacy facts', () => {
  it('say what epsilon means: odds times e^epsilon, a belief of e^epsilon / (1 + e^epsilon)', () => {
    const { releases, coordinator } = factsOf(runWith({ epsilon: Math.log(3) })).against
    expect(releases).toMatchObject({ delta: 1e-6, strength: 'reasonable' })
    expect(releases!.oddsFactor).toBeCloseTo(3, 12)
    expect(releases!.largestBelief).toBeCloseTo(0.75, 12)
    expect(coordinator).toMatchObject({ epsilon: 16, strength: 'weak' })
    expect(factsOf(runWith({ epsilon: 1 })).against.releases!.strength).toBe('strong')
  })

  it('are of a task what its run spends', async () => {
    const dataset = syntheticDataset({ devices: 60, seed: 1 })
    const source = taskSource(dataset, configuration)
    const result = await new Simulation(dataset, configuration).run()
    expect(result.privacy).not.toBeNull()
    const { clippedShare: _, excess, unit, clip, ...spent } = result.privacy!
    expect(source.privacy).toMatchObject(spent)
    expect(source.uploadBytes).toBeGreaterThanOrEqual(result.uploadBytesPerDevice)
    expect(source.layout.map(({ name }) => name)).toEqual(['itemCount', 'metrics'])
    const [task, run] = [privacyFacts(source), factsOf({ ...syntheticRun(), result })]
    expect(run.against).toEqual(task.against)
    expect(run.collected.segments).toEqual(task.collected.segments)
  })

  it('promise nothing where there is no noise, or from a coordinator that adds it', () => {
    const none = factsOf(syntheticRun())
    expect(none).toMatchObject({ unit: null, noise: null, against: { releases: null, coordinator: null } })
    expect(labelText(none)).toContain('There is no noise. No epsilon is claimed.')
    expect(labelText(none)).not.toMatch(/epsilon \d/)
    const central = factsOf(runWith({ mode: 'central', epsilonAgainstCoordinator: null }))
    expect(labelText(central)).toMatch(/the coordinator +no promise: it is trusted/)
    expect(central.assumes[0]).toContain('the coordinator adds the noise')
  })

  it('say on what the promise against the coordinator rests', () => {
    const { assumes } = factsOf(runWith({}))
    expect(assumes.join('\n')).toMatch(/of the 60 devices/)
    expect(assumes.join('\n')).toContain('here they were not')
    const masked = runWith({})
    const result = {
      ...masked.result!,
      secureSum: { ...masked.result!.secureSum, backend: 'masked' },
    }
    expect(factsOf({ ...masked, result }).assumes.join('\n')).not.toContain('here they were not')
  })

  it('are not read off a run that is not finished', () => {
    expect(() => runSource('runs/half', { ...syntheticRun(), result: null })).toThrow(
      /runs\/half holds no run: none that is finished/,
    )
  })
})

describe('the label', () => {
  const hostile = '\u001b[2J<script>x</script>'
  const facts = factsOf({ ...runWith({ epsilon: 3.9991 }), name: hostile })

  it('rounds epsilons up, and never says one without its delta', () => {
    const text = labelText(facts).replace(/\s+/g, ' ')
    expect(text).toContain('seeing releases epsilon 4, delta 0.000001: a reasonable promise')
    expect(text).toContain('54.5-fold at most: who thought it as likely as not may come to be 98.2 % sure')
    expect(text).toContain('the coordinator epsilon 16, delta 0.000001: a weak promise, if any')
    expect(text).toContain(
      'more than a million-fold at most: who thought it as likely as not may come to be more than 99.9 % sure',
    )
  })

  it('is as wide as a terminal, and obeys no name', () => {
    const text = labelText(facts)
    for (const line of text.split('\n').slice(3)) expect(line.length).toBeLessThanOrEqual(100)
    expect(text).not.toContain('\u001b')
    expect(labelHtml(facts)).not.toContain('<script')
    expect(labelHtml(facts)).toContain('What it does not cover')
  })
})
