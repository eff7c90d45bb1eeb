import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { afterAll, describe, expect, it } from 'vitest'
import { environmentLayer } from './environment.js'
import { fileLayer, parseLayer } from './file.js'
import { SIMULATE_OPTIONS } from './options.js'
import { type Layer, placeText } from './place.js'
import { resolve } from './resolve.js'
import { settingsOf } from './settings.js'

const environment = (variables: Record<string, string>) => environmentLayer(SIMULATE_OPTIONS, variables)
const file = (text: string) => parseLayer(SIMULATE_OPTIONS, text, 'run.yaml')
const flags = (values: Record<string, unknown>): Layer => ({
  values,
  places: new Map(Object.keys(values).map((name) => [name, { from: 'flag', flag: `--${name}` }])),
})
const resolved = (...layers: Layer[]) => resolve(SIMULATE_OPTIONS, layers)

/** Of what a call throws: code and message. */
const refusal = (call: () => unknown) => {
  try {
    call()
  } catch (error) {
    if (error instanceof TacitError) return `${error.code} ${error.message}`
    throw error
  }
  return 'nothing'
}

describe('options from several places', () => {
  it('let flags override the environment, that the file, and that the defaults', () => {
    const { values, places } = resolved(
      file('rounds: 3\nseed: 4\nsecureSum: masked\nlatency: 5'),
      environment({ TACIT_SIMULATE_SEED: '5', TACIT_SIMULATE_LATENCY: '6' }),
      flags({ latency: 7 }),
    )
    expect(values).toMatchObject({ rounds: 3, seed: 5, latency: 7, workers: 2, secureSum: 'masked' })
    const from = (name: string) => placeText(places.get(name)!)
    expect(['rounds', 'seed', 'latency', 'workers'].map(from)).toEqual([
      'run.yaml:1',
      'TACIT_SIMULATE_SEED',
      '--latency',
      'default',
    ])
  })

  it('put settings together name by name', () => {
    const { values, places } = resolved(
      file('settings:\n  alpha: 0.1\n  damping: 0.5\n  factors: 8'),
      environment({ TACIT_SIMULATE_SET: 'damping=0.6, momentum=0.2' }),
      flags({ factors: 16 }),
    )
    expect(values.settings).toEqual({ alpha: 0.1, damping: 0.6, momentum: 0.2, factors: 16 })
    expect(values.factors).toBeUndefined()
    expect(placeText(places.get('settings.alpha')!)).toBe('run.yaml:2')
    expect(placeText(places.get('settings.factors')!)).toBe('--factors')
  })

  it('take one of two ways to say a thing from the strongest place', () => {
    const count = resolved(file('participation: 0.5'), flags({ cohort: 7 })).values
    expect([count.cohort, count.participation]).toEqual([7, undefined])
    const share = resolved(file('cohort: 7'), environment({ TACIT_SIMULATE_PARTICIPATION: '0.5' })).values
    expect([share.cohort, share.participation]).toEqual([undefined, 0.5])
    expect(resolved().values.participation).toBe(1)
    expect(refusal(() => resolved(file('participation: 0.5\ncohort: 7')))).toMatch(
      /TACIT_CONFIG_INVALID.*run.yaml:2 cohort: give either/,
    )
    expect(refusal(() => resolved(file('factors: 7\nsettings: {factors: 7}')))).toMatch(/either factors/)
  })

  it('have defaults that follow from others', () => {
    expect(resolved(file('secureSum: masked')).values).toMatchObject({ coordinator: 'equivocating' })
    expect(resolved().values.coordinator).toBeUndefined()
    expect(resolved().values.devices).toBe(1000)
    expect(resolved(file('data: some.csv')).values.devices).toBeUndefined()
  })

  it('stream the synthetic data from so many devices on', () => {
    const stream = (values: Record<string, unknown>) => resolved(flags(values)).values.stream
    expect([199_999, 200_000].map((devices) => stream({ devices }))).toEqual([undefined, true])
    expect(stream({ devices: 200_000, stream: false })).toBe(false)
    expect(stream({ devices: 200_000, split: 'global-time' })).toBeUndefined()
    expect(stream({ devices: 20, stream: true })).toBe(true)
    expect(stream({ data: 'a.csv', stream: false })).toBe(false)
    expect(refusal(() => stream({ data: 'a.csv', stream: true }))).toMatch(/--stream.*synthetic/)
    expect(refusal(() => stream({ split: 'global-time', stream: true }))).toMatch(/--stream.*all devices/)
  })

  it('refuse what makes no sense beside the rest, naming where it was given', () => {
    expect(refusal(() => resolved(file('data: some.csv\ndevices: 3')))).toMatch(
      /run.yaml:2 devices.*synthetic/,
    )
    expect(refusal(() => resolved(flags({ adversarial: 0.2 })))).toMatch(/TACIT_FLAG_INVALID --adversarial/)
    expect(refusal(() => resolved(flags({ adversarial: 0.2, secureSum: 'masked' })))).toBe('nothing')
  })

  it('check settings against the model, whatever place they are from', () => {
    const given = (layer: Layer) => refusal(() => settingsOf(resolved(layer)))
    expect(given(file('settings:\n  alpha: 0.1\n  colour: 3'))).toMatch(
      /TACIT_CONFIG_INVALID.*run.yaml:3 settings.colour.*ials has no setting/,
    )
    expect(given(file('settings:\n  factors: 1.5'))).toMatch(/run.yaml:2 settings.factors.*whole/)
    expect(given(environment({ TACIT_SIMULATE_SET: 'alpha=-1' }))).toMatch(
      /TACIT_SIMULATE_SET.*alpha.*not in/,
    )
    expect(given(environment({ TACIT_SIMULATE_SET: 'alpha=red' }))).toMatch(/red is not a number/)
    expect(settingsOf(resolved(file('model: fcf\nsettings: {optimiser: yogi}')))).toEqual({ optimiser: 3 })
  })
})

describe('a configuration file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-configuration-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it.each([
    ['rounds: 3\nrouns: 4', /run.yaml:2 rouns: there is no such option; did you mean rounds\?/],
    ['secure-sum: plain', /secure-sum.*did you mean secureSum\?/],
    ['colour: 4', /run.yaml:1 colour: there is no such option$/],
    ['\nrounds: 0', /run.yaml:2 rounds: it is not in \[1, 1000000\]/],
    ['rounds: many', /rounds: it is not a number/],
    ['rounds:', /rounds: it is not a number/],
    ['seed: 1.5', /seed: it is not a whole number/],
    ['model: magic', /model: it is not one of: ials/],
    ['data: 7', /data: it is not a text/],
    ['settings: 7', /settings: it is not a mapping/],
    ['settings: {alpha: [1]}', /settings: the value of alpha/],
    ['eventWeights: {view: 0}', /eventWeights: the weight of view/],
    ['regions: eu:1:0.5', /regions: the shares sum to 0.5/],
    ['out: here', /out: it can only be given as a flag/],
    ['- rounds', /run.yaml:1 : it is not a mapping/],
    ['rounds: 1\nrounds: 2', /run.yaml:2.*unique/],
    ['rounds: [1', /run.yaml:1/],
    ['__proto__: 1', /__proto__: there is no such option/],
    ['toString: 1', /toString: there is no such option/],
  ])('%j is refused, with its line', (text, message) => {
    const said = refusal(() => file(text))
    expect(said).toMatch(/^TACIT_CONFIG_INVALID/)
    expect(said).toMatch(message)
  })

  it('may be empty, or JSON, or the configuration.json of a run', () => {
    expect(file('').values).toEqual({})
    expect(file('# nothing\n').values).toEqual({})
    expect(file('{"rounds": 3}').values).toEqual({ rounds: 3 })
    expect(file('{"schema": 1, "options": {"rounds": 3}, "files": []}').values).toEqual({ rounds: 3 })
  })

  it('is read from its path', () => {
    writeFileSync(join(dir, 'run.yaml'), 'rounds: 3\n')
    expect(fileLayer(SIMULATE_OPTIONS, join(dir, 'run.yaml')).values).toEqual({ rounds: 3 })
    expect(refusal(() => fileLayer(SIMULATE_OPTIONS, join(dir, 'nowhere')))).toMatch(/UNREADABLE.*nowhere/)
  })
})

describe('the environment', () => {
  it('is read as flags are, and asked for nothing else', () => {
    const { values } = environment({
      PATH: '/bin',
      TACIT_DATA: '/data',
      TACIT_SIMULATE_SECURE_SUM: 'masked',
      TACIT_SIMULATE_EVENT_WEIGHTS: 'view=1,cart=3',
    })
    expect(values).toEqual({ secureSum: 'masked', eventWeights: { view: 1, cart: 3 } })
  })

  it.each([
    [{ TACIT_SIMULATE_ROUND: '3' }, /TACIT_SIMULATE_ROUND: .*did you mean TACIT_SIMULATE_ROUNDS\?/],
    [{ TACIT_SIMULATE_OUT: 'here' }, /TACIT_SIMULATE_OUT: there is no such option/],
    [{ TACIT_SIMULATE_ROUNDS: '' }, /TACIT_SIMULATE_ROUNDS: it is not a number/],
    [{ TACIT_SIMULATE_SET: 'alpha' }, /TACIT_SIMULATE_SET: it is not of the form/],
  ])('%j is refused', (variables, message) => {
    expect(refusal(() => environment(variables as unknown as Record<string, string>))).toMatch(message)
  })
})
