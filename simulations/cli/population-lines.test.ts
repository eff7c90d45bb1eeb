import { describe, expect, it } from 'vitest'
import type { PopulationFigures } from '../population/index.js'
import { populationLines } from './population-lines.js'

describe('what is said of a population', () => {
  const calm: PopulationFigures = {
    invited: 1200,
    availableByHour: [],
    waitedMs: 0,
    lost: {},
    left: {},
    late: {},
    speeds: { all: { invited: 1200, counted: 1200, countedShare: 1 } },
  }

  it('is nothing where nothing befell it', () => {
    expect(populationLines(calm)).toBe('')
  })

  it('is what did, and how its classes fared', () => {
    const speeds = {
      fast: { invited: 1200, counted: 900, countedShare: 0.75 },
      slow: { invited: 0, counted: 0, countedShare: null },
    }
    const rough = { ...calm, waitedMs: 5_400_000, lost: { join: 1, keys: 2 }, late: { train: 1000 }, speeds }
    expect(populationLines(rough)).toBe(
      '  population   1,200 invitations: 3 lost, 1,000 late, rounds waited 1.5 h in all\n' +
        '  counted      fast 0.750, slow - of the invited\n',
    )
  })
})
