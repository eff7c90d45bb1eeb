import type { Json } from '../../../bytes/index.js'
import type { CoordinatorSumEffect, Member, SumCoordinator, SumPlan } from '../../secure-sum.js'
import { keysSchema, parseBody, toEntry } from '../bodies.js'
import { type CohortContext, CohortPhase } from '../coordinator/cohort-phase.js'
import { DrawingGraph } from '../coordinator/drawing-graph.js'
import { type Listed, listed } from '../coordinator/roster.js'
import type { MaskedEnvironment } from '../environment.js'

/**
 * A coordinator that checks no keys, and commits to a list of its own making. Everything that follows is done by
 * the protocol, so that what a device refuses it refuses for that list alone.
 */
export function lyingCoordinator(
  forge: (devices: readonly Listed[]) => readonly Listed[],
): (plan: SumPlan, members: readonly Member[], environment: MaskedEnvironment) => SumCoordinator {
  return (plan, members, environment) => {
    let phase: SumCoordinator
    const next = (following: SumCoordinator) => {
      phase = following
      return phase.start()
    }
    phase = new Forging({ plan, environment, next }, members.length, forge)
    return new Proxy({} as SumCoordinator, {
      get: (_, name) => (phase[name as keyof SumCoordinator] as () => void).bind(phase),
    })
  }
}

class Forging extends CohortPhase {
  readonly #devices: Listed[] = []
  readonly #awaited: number
  readonly #forge: (devices: readonly Listed[]) => readonly Listed[]

  constructor(
    context: CohortContext,
    awaited: number,
    forge: (devices: readonly Listed[]) => readonly Listed[],
  ) {
    super(context)
    this.#awaited = awaited
    this.#forge = forge
  }

  view() {
    return { phase: 'keys', groups: 0 }
  }

  start(): CoordinatorSumEffect[] {
    return []
  }

  receive(member: Member, _step: string, body: Json): CoordinatorSumEffect[] {
    this.#devices.push(listed(member, toEntry(parseBody(keysSchema, 'keys', body))))
    if (this.#devices.length < this.#awaited) return []
    return this.context.next(new DrawingGraph(this.context, this.#forge(this.#devices)))
  }

  leave(): CoordinatorSumEffect[] {
    return []
  }

  deadline(): CoordinatorSumEffect[] {
    return []
  }

  resume(): CoordinatorSumEffect[] {
    return []
  }
}
