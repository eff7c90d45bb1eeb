import type { Outgoing } from '@tacit/client'
import { type Behaviour, isLostInsteadOf } from '../runner/population.js'

/** Whether a device's schedule has it vanish instead of sending this. */
export function vanishesBefore(
  outgoing: Pick<Outgoing, 'type'> & { readonly step?: string },
  { vanishesAt }: Pick<Behaviour, 'vanishesAt'>,
): boolean {
  switch (outgoing.type) {
    case 'join':
    case 'upload':
      return isLostInsteadOf(outgoing.type, vanishesAt)
    case 'sum':
      return isLostInsteadOf(`sum:${outgoing.step}`, vanishesAt)
    case 'frame':
      return isLostInsteadOf('vector', vanishesAt)
    case 'leave':
      return false
  }
}
