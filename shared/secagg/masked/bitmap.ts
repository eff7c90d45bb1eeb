/** A set of places as bits, the lowest bit of the first byte for place 0. */
export function toBitmap(places: Iterable<number>, size: number): Uint8Array {
  const bits = new Uint8Array(bitmapBytes(size))
  for (const place of places) bits[place >>> 3]! |= 1 << (place & 7)
  return bits
}

export function hasPlace(bitmap: Uint8Array, place: number): boolean {
  return ((bitmap[place >>> 3]! >>> (place & 7)) & 1) === 1
}

export function countPlaces(bitmap: Uint8Array): number {
  let count = 0
  for (let byte of bitmap) for (; byte > 0; byte &= byte - 1) count++
  return count
}

/** Whether the bitmap is one of a group of this size: as long, and without bits beyond it. */
export function isBitmapOf(bitmap: Uint8Array, size: number): boolean {
  if (bitmap.length !== bitmapBytes(size)) return false
  const used = size & 7
  return used === 0 || bitmap[bitmap.length - 1]! >>> used === 0
}

function bitmapBytes(size: number): number {
  return Math.ceil(size / 8)
}
