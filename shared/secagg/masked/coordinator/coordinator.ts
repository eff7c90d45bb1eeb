import { type Json, sha256Hex, utf8ToBytes } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { CoordinatorSumEffect, Member, PartialSum, SumCoordinator, SumPlan } from '../../secure-sum.js'
import { type MaskedEnvironment, maskingOf } from '../environment.js'
import { CollectingKeys } from './collecting-keys.js'

/** The coordinator's side of a masked round: hands everything to the phase that the cohort is in. */
export class MaskedCoordinator implements SumCoordinator {
  #phase: SumCoordinator
  /** Digest of the last step taken from each device. */
  readonly #heard = new Map<Member, string>()

  /** @throws TACIT_PLAN_REFUSED, TACIT_CONFIG_INVALID */
  constructor(plan: SumPlan, members: readonly Member[], environment: MaskedEnvironment) {
    if (maskingOf(plan).identity === 'certified' && !environment.verifyCredential) {
      throw new TacitError('TACIT_CONFIG_INVALID', {
        path: 'masking.identity',
        problem: 'devices are to be certified, but no issuer is known',
      })
    }
    const next = (phase: SumCoordinator) => {
      this.#phase = phase
      return phase.start()
    }
    this.#phase = new CollectingKeys({ plan, environment, next }, members)
  }

  view() {
    return this.#phase.view()
  }

  start(): CoordinatorSumEffect[] {
    return this.#phase.start()
  }

  /**
   * A device that was away says its last step again, for it cannot know that it was heard; whatever phase the others
   * are in by now, the same bytes say nothing new.
   */
  receive(member: Member, step: string, body: Json): CoordinatorSumEffect[] {
    const said = sha256Hex(utf8ToBytes(JSON.stringify([step, body])))
    if (said === this.#heard.get(member)) return []
    const effects = this.#phase.receive(member, step, body)
    this.#heard.set(member, said)
    return effects
  }

  expectsVector(member: Member): boolean {
    return this.#phase.expectsVector(member)
  }

  vector(member: Member, packed?: Uint8Array): CoordinatorSumEffect[] {
    return this.#phase.vector(member, packed)
  }

  merge(clock: number, partial: PartialSum): CoordinatorSumEffect[] {
    return this.#phase.merge(clock, partial)
  }

  leave(member: Member): CoordinatorSumEffect[] {
    return this.#phase.leave(member)
  }

  deadline(clock: number): CoordinatorSumEffect[] {
    return this.#phase.deadline(clock)
  }

  open(): CoordinatorSumEffect[] {
    return this.#phase.open()
  }

  resume(member: Member): CoordinatorSumEffect[] {
    return this.#phase.resume(member)
  }
}
