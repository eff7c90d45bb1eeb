import type { Outgoing } from '@tacit/client'
import type { Behaviour, VanishStep } from '../runner/population.js'

/** The step that a device is about to complete when it sends this; other messages complete none. */
const STEPS: Readonly<Partial<Record<Outgoing['type'], VanishStep>>> = {
  join: 'join',
  upload: 'train',
  frame: 'upload',
}

/** Whether a device's schedule has it vanish instead of sending this. */
export function vanishesBefore(
  type: Outgoing['type'],
  { vanishesAt }: Pick<Behaviour, 'vanishesAt'>,
): boolean {
  return vanishesAt !== undefined && STEPS[type] === vanishesAt
}
