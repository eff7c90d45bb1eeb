import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Axis, sameText } from './axis.js'
import { cellsOf, sizeOf } from './grid.js'

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.string({ minLength: 1, maxLength: 60 }),
  // Those that differ little are those that could meet.
  fc.constantFrom('a', 'A', 'a_b', 'a-b', 'a b', '/data/a', '/data-a', 'x-0123456789ab', '.', '..'),
)
const axis = (option: string) =>
  fc
    .uniqueArray(value, { minLength: 1, maxLength: 5, selector: sameText })
    .map((values): Axis => ({ option, values }))
const grid = fc.tuple(axis('settings.factors'), axis('data'), axis('seed'))

describe('the grid of a sweep', () => {
  it('has readable names, the last axis the fastest', () => {
    const axes = [
      { option: 'settings.factors', values: [16, 32] },
      { option: 'settings.damping', values: [0.5] },
      { option: 'seed', values: [1, 2] },
    ]
    expect(cellsOf(axes).map(({ name }) => name)).toEqual([
      'factors-16_damping-0.5_seed-1',
      'factors-16_damping-0.5_seed-2',
      'factors-32_damping-0.5_seed-1',
      'factors-32_damping-0.5_seed-2',
    ])
  })

  it('has every combination once: as many as the product of the lengths', () => {
    fc.assert(
      fc.property(grid, (axes) => {
        const cells = cellsOf(axes)
        expect(cells).toHaveLength(axes.reduce((product, { values }) => product * values.length, 1))
        expect(sizeOf(axes)).toBe(cells.length)
        expect(new Set(cells.map(({ at }) => sameText([...at]))).size).toBe(cells.length)
      }),
    )
  })

  it('has names that no file system takes for the same, or for a path', () => {
    fc.assert(
      fc.property(grid, (axes) => {
        const names = cellsOf(axes).map(({ name }) => name)
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
        for (const name of names) expect(name).toMatch(/^[A-Za-z][\w.+-]{1,199}$/)
      }),
    )
  })

  it('has no value that could be mistaken for what another was changed to', () => {
    const namesOf = (...values: string[]) => cellsOf([{ option: 'data', values }]).map(({ name }) => name)
    const [changed] = namesOf('a b')
    expect(changed).toMatch(/^data-a-b-[0-9a-f]{12}$/)
    expect(namesOf('a b', changed!.slice('data-'.length))[1]).not.toBe(changed)
  })

  it('has names that are not too long, however much varies', () => {
    const axes = Array.from({ length: 9 }, (_, i) => ({ option: `o${i}`, values: ['a'.repeat(38), 'b'] }))
    const names = cellsOf(axes).map(({ name }) => name)
    expect(new Set(names).size).toBe(512)
    expect(Math.max(...names.map(({ length }) => length))).toBeLessThan(200)
  })

  it('keeps the names of runs when it grows', () => {
    fc.assert(
      fc.property(grid, fc.nat(4), (axes, kept) => {
        const fewer = axes.map((axis) => ({ ...axis, values: axis.values.slice(0, kept + 1) }))
        const names = new Map(cellsOf(axes).map(({ name, at }) => [sameText([...at]), name]))
        for (const { name, at } of cellsOf(fewer)) expect(names.get(sameText([...at]))).toBe(name)
      }),
    )
  })
})
