import type { Saying } from './behaviour.js'

/** `lost`: as the dropout has it; `left`: the trace has it gone; `late`: it missed a deadline. */
export type Reason = 'lost' | 'left' | 'late'

/** What kept a device from doing all that it was asked to. */
export interface Fate {
  readonly reason: Reason
  /** What it did not say in time: `join`, `train` (it asks to upload), `upload` (the vector), or a step of the sum. */
  readonly step: string
}

/** What became of a round's devices, of whom something is to be told: by name. */
export type Fates<Device> = ReadonlyMap<Device, Fate>

export function stepOf(saying: Saying): string {
  switch (saying) {
    case 'join':
      return 'join'
    case 'upload':
      return 'train'
    case 'vector':
      return 'upload'
    default:
      return saying.slice('sum:'.length)
  }
}
