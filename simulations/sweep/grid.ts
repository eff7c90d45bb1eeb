import { createHash } from 'node:crypto'
import { type Axis, sameText, shortNameOf, valueText } from './axis.js'

/** One run of a sweep. */
export interface Cell {
  /** Of its folder, below that of the sweep. */
  readonly name: string
  /** By the option of each axis. */
  readonly at: ReadonlyMap<string, unknown>
}

/** How many runs a grid has. */
export function sizeOf(axes: readonly Axis[]): number {
  return axes.reduce((product, { values }) => product * values.length, 1)
}

/** Every combination, the last axis the fastest. */
export function cellsOf(axes: readonly Axis[]): Cell[] {
  let found: ReadonlyMap<string, unknown>[] = [new Map()]
  for (const { option, values } of axes) {
    found = found.flatMap((at) => values.map((value) => new Map([...at, [option, value]])))
  }
  return found.map((at) => ({ name: nameOf(axes, at), at }))
}

/** What common file systems take, with room for the names of files below. */
const LONGEST_NAME = 180
const LONGEST_VALUE = 40

/**
 * `factors-16_damping-0.5_seed-1`. It depends on nothing but the values, so that a run keeps its name when a sweep
 * grows; two cells of a grid never share one, not even where a file system takes a and A for the same.
 */
function nameOf(axes: readonly Axis[], at: ReadonlyMap<string, unknown>): string {
  const parts = axes.map((axis) => `${shortNameOf(axis)}-${fileText(at.get(axis.option))}`)
  const name = parts.join('_')
  if (name.length <= LONGEST_NAME) return name
  return `${name.slice(0, LONGEST_NAME)}-${shortHash([...at])}`
}

/** A value that had to be changed to be part of a name says by its hash which one it was. */
function fileText(value: unknown): string {
  const text = valueText(value)
  if (/^[a-z0-9.+-]+$/.test(text) && text.length <= LONGEST_VALUE && !looksHashed(text)) return text
  const readable = text.replace(/[^A-Za-z0-9.+-]+/g, '-').slice(-LONGEST_VALUE)
  return `${readable}-${shortHash(value)}`
}

/** Such a text could be what another one was changed to. */
function looksHashed(text: string): boolean {
  return /-[0-9a-f]{12}$/.test(text)
}

function shortHash(value: unknown): string {
  return createHash('sha256').update(sameText(value)).digest('hex').slice(0, 12)
}
