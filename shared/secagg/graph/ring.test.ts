import { describe, expect, it } from 'vitest'
import { neighbours } from './ring.js'

const placesOf = (size: number) => Array.from({ length: size }, (_, i) => i)
const graphOf = (size: number, degree: number) =>
  placesOf(size).map((place) => neighbours(place, size, degree))

/** Every size up to 14 with every degree it can have. */
const graphs = placesOf(14).flatMap((i) => {
  const size = i + 1
  const degrees = placesOf(size).filter((k) => k === size - 1 || (k > 0 && k % 2 === 0))
  return degrees.map((degree): [size: number, degree: number] => [size, degree])
})

function* subsets(size: number, count: number, from = 0): Generator<number[]> {
  if (count === 0) return yield []
  for (let first = from; first < size; first++) {
    for (const rest of subsets(size, count - 1, first + 1)) yield [first, ...rest]
  }
}

function inOnePiece(graph: readonly number[][], without: readonly number[]): boolean {
  const reached = new Set(without)
  const open = placesOf(graph.length)
    .filter((place) => !reached.has(place))
    .slice(0, 1)
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (reached.has(at)) continue
    reached.add(at)
    open.push(...graph[at]!)
  }
  return reached.size === graph.length
}

describe('the neighbours on a ring', () => {
  it('are known in small groups', () => {
    expect(neighbours(0, 10, 4)).toEqual([1, 2, 8, 9])
    expect(neighbours(5, 10, 4)).toEqual([3, 4, 6, 7])
    expect(neighbours(9, 10, 2)).toEqual([0, 8])
    expect(neighbours(1, 4, 3)).toEqual([0, 2, 3])
    expect(neighbours(0, 2, 1)).toEqual([1])
    expect(neighbours(0, 1, 0)).toEqual([])
  })

  it.each(graphs)(
    'of %d places with degree %d are regular, symmetric, ascending, and no closer ones are left',
    (size, degree) => {
      const graph = graphOf(size, degree)
      const distance = (a: number, b: number) => Math.min(Math.abs(a - b), size - Math.abs(a - b))
      for (const [place, near] of graph.entries()) {
        expect(near).toEqual([...new Set(near)].toSorted((a, b) => a - b))
        expect(near).toHaveLength(degree)
        expect(near).not.toContain(place)
        expect(near.every((other) => graph[other]!.includes(place))).toBe(true)
        expect(near.every((other) => distance(place, other) <= Math.ceil(degree / 2))).toBe(true)
      }
    },
  )

  it.each(graphs.filter(([size, degree]) => size <= 9 && degree > 0))(
    'of %d places with degree %d stay in one piece without any degree - 1 places, and not without one more',
    (size, degree) => {
      const graph = graphOf(size, degree)
      for (let lost = 0; lost < degree; lost++) {
        for (const without of subsets(size, lost)) expect(inOnePiece(graph, without)).toBe(true)
      }
      const apart = [...subsets(size, degree)].some((without) => !inOnePiece(graph, without))
      expect(apart).toBe(degree < size - 1)
    },
  )

  it.each([
    [0, 10, 3],
    [0, 10, 0],
    [0, 10, 10],
    [0, 10, -2],
    [0, 10, 2.5],
    [0, 10, Number.NaN],
    [0, 11, 12],
    [10, 10, 4],
    [-1, 10, 4],
    [0.5, 10, 4],
    [0, 0, -1],
    [0, 2.5, 1.5],
    [0, 1, 2],
  ])('of place %d of %d with degree %d are an error', (place, size, degree) => {
    expect(() => neighbours(place, size, degree)).toThrow(RangeError)
  })
})
