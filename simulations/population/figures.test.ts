import { describe, expect, it } from 'vitest'
import { populationFigures, roundPopulation } from './figures.js'
import { Population } from './population.js'

const speeds = [
  { name: 'fast', speed: 2, share: 0.5 },
  { name: 'slow', speed: 0.5, share: 0.5 },
]
const population = new Population(
  { seed: 1, dropout: 0, latencyMs: 0, population: { speeds, startHour: 23 } },
  { ids: () => [], training: 40, historyLength: () => 1 },
)
const of = (name: string) =>
  Array.from({ length: 40 }, (_, d) => d).filter((d) => population.classOf(d).name === name)
const [fast, slow] = [of('fast'), of('slow')]

const first = roundPopulation(
  population,
  { round: 1, atMs: 1000, waitedMs: 400, available: 30, cohort: [...fast.slice(0, 3), ...slow.slice(0, 4)] },
  {
    fates: [
      { reason: 'late', step: 'train' },
      { reason: 'late', step: 'train' },
      { reason: 'lost', step: 'unmask' },
      { reason: 'left', step: 'join' },
    ],
    counted: [...fast.slice(0, 3), slow[0]!],
  },
)
const second = roundPopulation(
  population,
  { round: 2, atMs: 3_600_000, waitedMs: 0.4, available: 10, cohort: slow.slice(0, 2) },
  { fates: [{ reason: 'late', step: 'upload' }], counted: [slow[1]!] },
)
const third = roundPopulation(
  population,
  { round: 3, atMs: 3_600_000, waitedMs: 0, available: 20, cohort: [] },
  { fates: [{ reason: 'late', step: 'train' }], counted: [] },
)

describe('what a round saw of its population', () => {
  it('is who was there, what became of them, and whose vectors counted', () => {
    expect(first).toEqual({
      startMs: 1000,
      hour: 23,
      waitedMs: 400,
      available: 0.75,
      lost: { unmask: 1 },
      left: { join: 1 },
      late: { train: 2 },
      speeds: { fast: { invited: 3, counted: 3 }, slow: { invited: 4, counted: 1 } },
    })
  })
})

describe('what a run saw of it', () => {
  it('is the sum over rounds, by hour of day and by class', () => {
    const figures = populationFigures([first, second, third])
    expect(figures).toMatchObject({
      invited: 9,
      waitedMs: 400,
      lost: { unmask: 1 },
      left: { join: 1 },
      late: { train: 3, upload: 1 },
      speeds: {
        fast: { invited: 3, counted: 3, countedShare: 1 },
        slow: { invited: 6, counted: 2, countedShare: 1 / 3 },
      },
    })
    const byHour = Array.from({ length: 24 }, (_, hour) => (hour === 23 ? 0.75 : hour === 0 ? 0.375 : null))
    expect(figures.availableByHour).toEqual(byHour)
  })

  it('is nothing for no rounds, and null where nobody was invited', () => {
    expect(populationFigures([])).toMatchObject({ invited: 0, waitedMs: 0, speeds: {} })
    expect(populationFigures([third]).speeds.fast).toEqual({ invited: 0, counted: 0, countedShare: null })
  })
})
