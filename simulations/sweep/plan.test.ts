import { describe, expect, it } from 'vitest'
import { parseLayer } from '../configuration/file.js'
import { type Layer, SIMULATE_OPTIONS } from '../configuration/index.js'
import type { Axis } from './axis.js'
import { planOf } from './plan.js'

const file = (text: string) => parseLayer(SIMULATE_OPTIONS, text, 'sweep.yaml')
const seeds: Axis = { option: 'seed', values: [1, 2] }
const flags = (values: Readonly<Record<string, unknown>> = {}): Layer => ({
  values,
  places: new Map(Object.keys(values).map((name) => [name, { from: 'flag', flag: `--${name}` }])),
})
const plan = (axes: readonly Axis[], given = flags(), text = '') =>
  planOf({ layers: [file(text), given], axes: [...axes, seeds] })

describe('the plan of a sweep', () => {
  it('puts together what all runs have and what one has, the run last', () => {
    const axes = [
      { option: 'settings.factors', values: [4, 8] },
      { option: 'rounds', values: [2, 3] },
    ]
    const given = flags({ settings: { alpha: 0.2 }, devices: 40 })
    const { runs, base } = plan(axes, given, 'rounds: 99\nsettings: {factors: 99, damping: 0.5}')
    expect(runs.map(({ values }) => [values.settings, values.rounds, values.seed])[3]).toEqual([
      { factors: 4, damping: 0.5, alpha: 0.2 },
      3,
      2,
    ])
    expect(runs[0]!.values).toMatchObject({ devices: 40, participation: 1, model: 'ials' })
    expect(base).toMatchObject({ devices: 40, settings: { damping: 0.5, alpha: 0.2 }, dropout: 0 })
    for (const name of ['rounds', 'seed', 'workers', 'checkpointEvery']) expect(base).not.toHaveProperty(name)
    expect(base.settings).not.toHaveProperty('factors')
  })

  it('has the same base whatever is varied', () => {
    const bases = [['plain'], ['plain', 'masked'], ['masked']].map(
      (values) => plan([{ option: 'secureSum', values }]).base,
    )
    expect(bases[1]).toEqual(bases[0])
    expect(bases[2]).toEqual(bases[0])
  })

  it('says choices of settings by their names', () => {
    const { runs } = plan(
      [{ option: 'settings.optimiser', values: ['adam', 'yogi'] }],
      flags({ model: 'fcf' }),
    )
    expect(runs[0]!.values.settings).toEqual({ optimiser: 'adam' })
  })

  it.each<[string, Axis, Layer, RegExp]>([
    [
      'an option given besides',
      { option: 'rounds', values: [1, 2] },
      flags({ rounds: 3 }),
      /--rounds: give either it or --vary rounds/,
    ],
    [
      'two of one matter',
      { option: 'cohort', values: [5, 6] },
      flags({ participation: 0.5 }),
      /either participation or cohort/,
    ],
    [
      'a setting that is an option',
      { option: 'settings.factors', values: [1, 2] },
      flags({ factors: 3 }),
      /factors/,
    ],
    ['an unknown setting', { option: 'settings.colour', values: [1, 2] }, flags(), /no setting colour/],
    ['a value out of range', { option: 'settings.factors', values: [4, -1] }, flags(), /-1 is not in/],
    [
      'what does not fit together',
      { option: 'secureSum', values: ['masked', 'plain'] },
      flags({ assumedDropout: 0.2 }),
      /assumedDropout.*for --secure-sum masked/,
    ],
    [
      'too many runs',
      { option: 'rounds', values: Array.from({ length: 6000 }, (_, i) => i + 1) },
      flags(),
      /12000 runs/,
    ],
  ])('refuses %s before any run begins', (_, axis, given, problem) => {
    expect(() => plan([axis], given)).toThrow(problem)
  })
})
