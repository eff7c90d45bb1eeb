import { TacitError } from '../errors/index.js'

/**
 * One named part of an update. A device reports nothing that is not in a segment.
 */
export interface Segment {
  readonly name: string
  /** [length] or [rows, columns], row-major. */
  readonly shape: readonly number[]
  /** Largest absolute value of one coordinate; what is beyond it is cut off. Sets the quantiser's step. */
  readonly range: number
  /** Largest L2 norm of the whole segment; a longer one is scaled down to it. */
  readonly clip: number
  /** Weight of this segment in the joint sensitivity of the update, >= 0. */
  readonly weight: number
  /** Largest L2 norm of one row, under differential privacy: no row may hold all of an update. Absent: none of its own. */
  readonly rowClip?: number | undefined
}

export type Layout = readonly Segment[]

/** Rows of the catalogue that a round covers: [from, to). */
export interface Block {
  readonly from: number
  readonly to: number
}

const MAX_COORDINATES = 2 ** 28

export function segmentSize(segment: Segment): number {
  return segment.shape[0]! * segmentWidth(segment)
}

/** Columns of a segment's rows: 1 for a plain list. */
export function segmentWidth(segment: Segment): number {
  return segment.shape[1] ?? 1
}

/** Coordinates of the whole vector. */
export function layoutSize(layout: Layout): number {
  let size = 0
  for (const segment of layout) size += segmentSize(segment)
  return size
}

/** @throws TACIT_LAYOUT_INVALID naming the first flaw */
export function checkLayout(layout: Layout): void {
  const refuse = (problem: string): never => {
    throw new TacitError('TACIT_LAYOUT_INVALID', { problem })
  }
  if (layout.length === 0) refuse('it has no segment')
  const names = new Set<string>()
  for (const segment of layout) {
    if (names.has(segment.name)) refuse(`two segments are called ${segment.name}`)
    names.add(segment.name)
    const { shape } = segment
    if (shape.length < 1 || shape.length > 2) refuse(`${segment.name} has ${shape.length} dimensions`)
    if (!shape.every((d) => Number.isInteger(d) && d > 0)) refuse(`${segment.name} has shape [${shape}]`)
    if (!(segment.range > 0 && Number.isFinite(segment.range))) refuse(`${segment.name} has no range`)
    if (!(segment.clip > 0 && Number.isFinite(segment.clip))) refuse(`${segment.name} has no clip`)
    if (!(segment.weight >= 0 && Number.isFinite(segment.weight))) refuse(`${segment.name} has no weight`)
    const { rowClip = 1 } = segment
    if (!(rowClip > 0 && Number.isFinite(rowClip))) refuse(`${segment.name} has no row clip`)
  }
  if (layoutSize(layout) > MAX_COORDINATES) refuse(`more than ${MAX_COORDINATES} coordinates`)
}
