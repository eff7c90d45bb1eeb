import type { CaseFigures } from './cases.js'
import type { MemoryFigures } from './memory.js'
import { rounded } from './stopwatch.js'

export interface Goal {
  readonly goal: string
  /** The worst of the cases that it is about. */
  readonly worst: number
  readonly limit: number
  readonly met: boolean
}

/** Below this many values the goals for time and memory say nothing: messages outweigh the vector. */
const FROM_VALUES = 1e5
const BYTES_VALUES = 1e5

/** What is asked of the protocol; goals without a case are left out. */
export function goalsOf(cases: readonly CaseFigures[], memory: readonly MemoryFigures[]): Goal[] {
  const large = cases.filter(({ values }) => values >= FROM_VALUES)
  const sent = (devices: number) =>
    cases
      .filter((one) => one.devices === devices && one.values === BYTES_VALUES)
      .map(({ bytes }) => bytes.sentOverPlain)
  const inMemory = memory.filter(({ values }) => values >= FROM_VALUES)
  return [
    ...goal(
      'device time over its floor, from 100,000 values',
      1.5,
      large.map(({ device }) => device.overFloor),
    ),
    ...goal(
      'coordinator time over its floor, from 100,000 values',
      2,
      large.flatMap(({ coordinator }) => coordinator.map(({ overFloor }) => overFloor)),
    ),
    ...goal('bytes sent over plain, 100 devices, 100,000 values', 1.1, sent(100)),
    ...goal('bytes sent over plain, 1,000 devices, 100,000 values', 1.35, sent(1000)),
    ...goal(
      'peak memory of a device, in vectors',
      3,
      inMemory.map(({ device }) => device),
    ),
    ...goal(
      'peak memory of a group, in vectors, one upload in flight',
      3,
      inMemory.map(({ coordinator }) => coordinator),
    ),
  ]
}

function goal(name: string, limit: number, figures: readonly number[]): Goal[] {
  if (figures.length === 0) return []
  const worst = Math.max(...figures)
  return [{ goal: name, worst: rounded(worst), limit, met: worst <= limit }]
}
