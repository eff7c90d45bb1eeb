import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSeeds, parseSettings, parseVaried } from './axis.js'

describe('what a sweep is asked to vary', () => {
  it('takes settings with several values as axes, and those with one as they are', () => {
    expect(parseSettings(['factors=16,32,64', 'optimiser=adam,yogi', 'alpha=0.1'])).toEqual({
      fixed: { alpha: 0.1 },
      axes: [
        { option: 'settings.factors', values: [16, 32, 64] },
        { option: 'settings.optimiser', values: ['adam', 'yogi'] },
      ],
    })
  })

  it('takes several settings at once, as simulate does', () => {
    expect(parseSettings(['alpha=0.1,factors=16,32'])).toEqual({
      fixed: { alpha: 0.1 },
      axes: [{ option: 'settings.factors', values: [16, 32] }],
    })
  })

  it.each([
    [['factors'], /name=value/],
    [['factors='], /name=value/],
    [['factors=16,'], /name=value/],
    [['factors=16', 'factors=32'], /factors is given twice/],
    [['factors=16,16.0'], /value 16 is given twice/],
  ])('refuses the settings %j', (texts, problem) => {
    expect(() => parseSettings(texts)).toThrow(problem)
  })

  it('takes options by either name, with semicolons where values have commas', () => {
    expect(parseVaried('secure-sum=plain,masked')).toEqual({
      option: 'secureSum',
      values: ['plain', 'masked'],
    })
    expect(parseVaried('secureSum=plain')).toEqual({ option: 'secureSum', values: ['plain'] })
    expect(parseVaried('participation=0.10, 1').values).toEqual([0.1, 1])
    expect(parseVaried('regions=eu:1:1;eu:1:0.5,us:-5:0.5').values).toEqual(['eu:1:1', 'eu:1:0.5,us:-5:0.5'])
    expect(parseVaried('event-weights=view=1,cart=2;view=1').values).toEqual([
      { view: 1, cart: 2 },
      { view: 1 },
    ])
  })

  it('takes paths from here', () => {
    expect(parseVaried('data=a.csv,synthetic').values).toEqual([resolve('a.csv'), 'synthetic'])
  })

  it.each([
    ['rounds', /option=value/],
    ['rounds=10,0', /\[1/],
    ['rounds=10,10', /value 10 is given twice/],
    ['round=10', /no option round; did you mean rounds/],
    ['factors=10', /--set factors/],
    ['settings=10', /--set/],
    ['seed=1,2', /--seeds/],
    ['out=a,b', /no part of a run/],
    ['workers=1,2', /does not change/],
  ])('refuses to vary %s', (text, problem) => {
    expect(() => parseVaried(text)).toThrow(problem)
  })

  it('takes seeds as a number of them or as a list', () => {
    expect(parseSeeds('3')).toEqual({ option: 'seed', values: [1, 2, 3] })
    expect(parseSeeds('7,2')).toEqual({ option: 'seed', values: [7, 2] })
    for (const text of ['0', '1,1', '1,', 'x', '1.5', '100000']) expect(() => parseSeeds(text)).toThrow()
  })
})
