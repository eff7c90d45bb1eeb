import type { Outgoing } from '@tacit/client'
import type { Saying } from '../population/index.js'

/** What a device is about to say, as its schedule calls it; undefined for what is in none. */
export function sayingOf(outgoing: Pick<Outgoing, 'type'> & { readonly step?: string }): Saying | undefined {
  switch (outgoing.type) {
    case 'join':
    case 'upload':
      return outgoing.type
    case 'sum':
      return `sum:${outgoing.step}`
    case 'frame':
      return 'vector'
    case 'leave':
      return undefined
  }
}
