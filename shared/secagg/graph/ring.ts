/**
 * The neighbours of a place in its group, ascending: degree / 2 places before it on the ring and as many after it (a
 * Harary graph, which stays in one piece without any degree - 1 of its places), or all others for a degree of
 * size - 1. Neighbours are each other's.
 * @param place an integer in [0, size)
 * @param size places of the group, an integer >= 1
 * @param degree even and in [2, size), or size - 1
 * @throws RangeError for anything else
 */
export function neighbours(place: number, size: number, degree: number): number[] {
  check(place, size, degree)
  if (degree === size - 1) return Array.from({ length: degree }, (_, i) => (i < place ? i : i + 1))
  const around: number[] = []
  for (let apart = 1; apart <= degree / 2; apart++) {
    around.push((place + apart) % size, (place - apart + size) % size)
  }
  return around.sort((a, b) => a - b)
}

function check(place: number, size: number, degree: number): void {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`no ring of ${size}`)
  if (!Number.isInteger(place) || place < 0 || place >= size)
    throw new RangeError(`no place ${place} of ${size}`)
  const isHarary = degree % 2 === 0 && degree >= 2 && degree < size
  if (!isHarary && degree !== size - 1) throw new RangeError(`no graph of degree ${degree} on ${size} places`)
}
