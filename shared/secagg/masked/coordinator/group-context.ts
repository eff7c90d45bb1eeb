import type { GroupPlan } from '../../group-machine.js'
import type { Member } from '../../secure-sum.js'
import type { Entry } from '../entry.js'
import type { MaskedEnvironment } from '../environment.js'

/** What stays the same for one group throughout its round. Devices stand at places 0 .. size - 1. */
export interface GroupContext {
  readonly plan: GroupPlan
  readonly environment: MaskedEnvironment
  /** H_cfg, 32 bytes. */
  readonly config: Uint8Array
  readonly threshold: number
  readonly entries: readonly Entry[]
  /** Places of each device's neighbours, ascending. */
  readonly neighbours: readonly (readonly number[])[]
  readonly placeOf: ReadonlyMap<Member, number>
}

export function memberAt({ plan }: GroupContext, place: number): Member {
  return plan.members[place]!
}

/** Places of those among `places` that have a threshold of neighbours in `among`. */
export function wellConnected(
  { neighbours, threshold }: GroupContext,
  places: Iterable<number>,
  among: ReadonlySet<number>,
): Set<number> {
  const connected = new Set<number>()
  for (const place of places) {
    let count = 0
    for (const neighbour of neighbours[place]!) if (among.has(neighbour)) count++
    if (count >= threshold) connected.add(place)
  }
  return connected
}

/** Where a device stands among the neighbours of another; its share and its delivery stand there too. */
export function slotOf({ neighbours }: GroupContext, of: number, neighbour: number): number {
  return neighbours[of]!.indexOf(neighbour)
}
