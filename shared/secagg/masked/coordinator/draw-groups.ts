import type { Json } from '../../../bytes/index.js'
import { neighbours, Placement } from '../../graph/index.js'
import type { GroupPlan } from '../../group-machine.js'
import { groupMinimum } from '../../group-minimum.js'
import { type GroupSide, Groups } from '../../groups.js'
import { fromEntry, toText } from '../bodies.js'
import { maskingOf } from '../environment.js'
import { groupParameters } from '../group-parameters.js'
import { configDigest } from '../statements.js'
import type { CohortContext } from './cohort-phase.js'
import { MaskedGroup } from './group.js'
import type { Roster } from './roster.js'

/** What one of the committee revealed. */
export interface Reveal {
  readonly value: Uint8Array
  readonly signed: Uint8Array
}

/**
 * The groups that a seed gives, each with its graph; undefined where one of them is too small for any.
 * Devices compute the same from what is told them, see `checkNeighbourhood`.
 */
export function drawGroups(
  context: CohortContext,
  roster: Roster,
  seed: Uint8Array,
  reveals: readonly Reveal[],
): Groups | undefined {
  const { plan } = context
  const placement = new Placement(seed, roster.members, plan.largestGroup)
  const minimum = groupMinimum(plan.minimum, plan.largestGroup, placement.groups)
  // Once for each entry: it is shown to all its neighbours.
  const proven = roster.list.map((_, index) => provenBody(roster, index))
  const revealed = revealedBody(roster, reveals, proven)
  const groups: GroupSide[] = []
  for (let group = 0; group < placement.groups; group++) {
    const size = placement.groupSize(group)
    const parameters = groupParameters(maskingOf(plan), size, roster.members)
    if (!parameters) return undefined
    const indices = Array.from({ length: size }, (_, place) => placement.indexAt(group, place))
    const members = indices.map((index) => roster.list[index]!.member)
    const graph = indices.map((_, place) => neighbours(place, size, parameters.neighbours))
    const groupPlan: GroupPlan = {
      group,
      members,
      minimum,
      length: plan.length,
      modulusBits: plan.modulusBits,
    }
    const machine = new MaskedGroup(
      {
        plan: groupPlan,
        environment: context.environment,
        config: configDigest(plan, { roster: roster.digest, group, size, parameters, seed }),
        threshold: parameters.threshold,
        entries: indices.map((index) => roster.list[index]!.entry),
        neighbours: graph,
        placeOf: new Map(members.map((member, place) => [member, place])),
      },
      (place) => ({
        attempt: roster.attempt,
        reveals: revealed,
        own: proven[indices[place]!]!.proof,
        neighbours: graph[place]!.map((at) => proven[indices[at]!]!),
      }),
    )
    groups.push({ members, machine, modulusBits: plan.modulusBits })
  }
  return new Groups(plan, groups)
}

/** An entry with the proof that it stands in the list. */
function provenBody(roster: Roster, index: number) {
  return { ...fromEntry(roster.list[index]!.entry), proof: toText(roster.proof(index)) }
}

function revealedBody(roster: Roster, reveals: readonly Reveal[], proven: readonly object[]): Json {
  return reveals.map(({ value, signed }, i) => ({
    ...proven[roster.committee[i]!]!,
    value: toText(value),
    signed: toText(signed),
  }))
}
