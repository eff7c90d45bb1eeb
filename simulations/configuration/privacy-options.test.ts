import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { main } from '../cli/main.js'
import { addOptions, flagLayer } from '../cli/options.js'
import { parseLayer } from './file.js'
import { SIMULATE_OPTIONS } from './options.js'
import { PRIVACY_OPTIONS, privacyOf } from './privacy-options.js'
import { resolve } from './resolve.js'

function read(args: readonly string[], cohort = 100, dropout = 0, devices = 10_000) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} })
  addOptions(command, PRIVACY_OPTIONS).parse(args, { from: 'user' })
  return privacyOf(resolve(PRIVACY_OPTIONS, [flagLayer(command, PRIVACY_OPTIONS)]).values, {
    devices,
    cohort,
    dropout,
  })
}

describe('the options of privacy', () => {
  it('say nothing where nothing is given', () => {
    expect(read([])).toBeUndefined()
  })

  it('have these defaults', () => {
    expect(read(['--dp', 'distributed'])).toEqual({
      mode: 'distributed',
      mechanism: 'skellam',
      clip: 1,
      adversarial: 0.1,
      delta: 1e-6,
      accountant: 'rdp',
      cohorts: 'coins',
      minimumCohort: 60,
      epsilon: 8,
    })
  })

  it('say all that there is to say', () => {
    const who = [
      '--dp',
      'local',
      '--cohorts',
      'coins',
      '--minimum-cohort',
      '7',
      '--participations',
      '3',
      '--colluding',
      '.2',
    ]
    const what = ['--noise', '1.5', '--delta', '1e-5', '--clip', '2', '--adaptive-clip', '.8']
    expect(read([...who, ...what, '--mechanism', 'discrete-gaussian', '--accountant', 'pld'])).toEqual({
      mode: 'local',
      mechanism: 'discrete-gaussian',
      clip: 2,
      adversarial: 0.2,
      delta: 1e-5,
      accountant: 'pld',
      cohorts: 'coins',
      minimumCohort: 7,
      participations: 3,
      noiseMultiplier: 1.5,
      adaptiveClip: { quantile: 0.8, rate: 0.2 },
    })
  })

  it('want a cohort that is hardly ever missed, of two at least', () => {
    // Coins of all devices always say yes; those of a half vary.
    expect(read(['--dp', 'central'], 10_000)!.minimumCohort).toBe(10_000)
    expect(read(['--dp', 'central'], 5000)!.minimumCohort).toBe(5000 - 4 * 50)
    expect(read(['--dp', 'central'], 10_000, 0.36)!.minimumCohort).toBe(6400 - 4 * 48)
    expect(read(['--dp', 'central', '--cohorts', 'drawn'], 10_000)!.minimumCohort).toBe(10_000)
    expect(read(['--dp', 'central'], 10)!.minimumCohort).toBe(2)
  })

  const names = [
    'epsilon 1',
    'noise 1',
    'delta 1e-6',
    'clip 1',
    'adaptive-clip .5',
    'mechanism skellam',
    'accountant rdp',
  ]
  const more = ['cohorts coins', 'minimum-cohort 5', 'participations 2', 'colluding .1']
  it.each([...names, ...more])('are refused without --dp: --%s', (flag) => {
    const [name, value] = flag.split(' ')
    expect(() => read([`--${name}`, value!])).toThrow(
      expect.objectContaining({
        code: 'TACIT_FLAG_INVALID',
        message: expect.stringMatching(`--${name}: it is for --dp`),
      }),
    )
  })

  it.each([
    ['--epsilon', '0'],
    ['--epsilon', 'nan'],
    ['--noise', '-1'],
    ['--delta', '0'],
    ['--delta', '.5'],
    ['--clip', '0'],
    ['--adaptive-clip', '1.5'],
    ['--minimum-cohort', '1'],
    ['--participations', '0'],
    ['--participations', '1.5'],
    ['--colluding', '1'],
    ['--mechanism', 'laplace'],
    ['--accountant', 'moments'],
    ['--cohorts', 'all'],
  ])('are refused beyond their ranges: %s %s', (flag, value) => {
    expect(() => read(['--dp', 'central', flag, value])).toThrow()
  })

  it('are refused where both epsilon and noise are given', () => {
    expect(() => read(['--dp', 'central', '--epsilon', '1', '--noise', '1'])).toThrow(
      /either epsilon or noise/,
    )
  })
})

describe('tacit simulate --dp', () => {
  let [out, err] = ['', '']
  beforeEach(() => {
    ;[out, err] = ['', '']
    const catching = (take: (text: string) => void) => (text: string | Uint8Array) => {
      take(String(text))
      return true
    }
    vi.spyOn(process.stdout, 'write').mockImplementation(catching((text) => (out += text)))
    vi.spyOn(process.stderr, 'write').mockImplementation(catching((text) => (err += text)))
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  const small = ['--devices', '60', '--rounds', '2', '--workers', '1', '--model', 'popularity', '--json']
  const simulate = (...flags: string[]) => main(['node', 'tacit', 'simulate', ...small, ...flags])

  it('says in its result what was spent', async () => {
    expect(await simulate('--dp', 'distributed', '--epsilon', '8', '--delta', '1e-6')).toBe(0)
    const { privacy } = JSON.parse(out)
    expect(privacy).toMatchObject({
      unit: 'device',
      delta: 1e-6,
      clip: 1,
      accountant: 'rdp',
      sampling: 1,
      rounds: 2,
    })
    expect(privacy.epsilon).toBeLessThanOrEqual(8)
    expect(privacy.epsilon).toBeGreaterThan(7.9)
    expect(privacy.epsilonAgainstCoordinator).toBe(privacy.epsilon)
    expect(privacy.noiseMultiplier).toBeGreaterThan(0.5)
    expect(privacy.clippedShare).toBeGreaterThanOrEqual(0)
    expect(privacy.clippedShare).toBeLessThanOrEqual(1)
  })

  it('says null where nothing is private', async () => {
    expect(await simulate()).toBe(0)
    expect(JSON.parse(out).privacy).toBeNull()
  })

  it('counts on everybody by default where the coordinator makes the noise, and takes that again', () => {
    const layer = parseLayer(SIMULATE_OPTIONS, 'dp: central\n', 'test.yaml')
    expect(resolve(SIMULATE_OPTIONS, [layer]).values).not.toHaveProperty('colluding')
    expect(read(['--dp', 'central'])!.adversarial).toBe(0)
  })

  it.each([
    ['distributed', '4096'],
    ['distributed', '300'],
    ['local', '1000'],
  ])('takes any noise that there is: %s, %d', async (mode, noise) => {
    expect(await simulate('--dp', mode, '--noise', noise)).toBe(0)
  })

  it('says of participations no more than there were rounds', async () => {
    expect(await simulate('--dp', 'distributed', '--participations', '5')).toBe(0)
    expect(JSON.parse(out).privacy.participations).toBe(2)
  })

  it.each([
    [['--epsilon', '3'], 'it is for --dp'],
    [['--dp', 'everywhere'], 'distributed'],
    [['--dp', 'central', '--epsilon', '3', '--noise', '2'], 'either epsilon or noise'],
    [
      ['--dp', 'central', '--participation', '.2', '--mode', 'buffered'],
      'buffered rounds have no accountant',
    ],
    [['--dp', 'central', '--minimum-cohort', '1000'], 'no cohort has 1000 devices'],
    [['--dp', 'central', '--cohorts', 'drawn', '--participations', '1'], 'take --cohorts coins'],
    [['--dp', 'central', '--epsilon', '.001'], 'no noise multiplier'],
    [['--dp', 'central', '--accountant', 'pld'], 'use rdp'],
    [['--dp', 'central', '--colluding', '.2'], 'it is for noise of devices'],
    [['--dp', 'distributed', '--participation', '.02'], 'of 60 devices that is 1'],
    [['--dp', 'distributed', '--epsilon', '.001'], 'no noise multiplier up to 4096 keeps within 0.001'],
    [['--dp', 'distributed', '--epsilon', '.001', '--accountant', 'pld'], 'use rdp'],
    [['--dp', 'central', '--mechanism', 'discrete-gaussian', '--noise', '4096'], 'TACIT_NOISE_INVALID'],
  ])('%j: a clear error and no result', async (flags, problem) => {
    expect(await simulate(...flags)).not.toBe(0)
    expect(err).toContain(problem)
    expect(out).toBe('')
  })
})
