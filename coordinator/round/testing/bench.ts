import { ials } from '@tacit/shared/model'
import { SeededRandom } from '@tacit/shared/random'
import { plainOnly, type SumBackends } from '@tacit/shared/secagg'
import { layoutSize, pack } from '@tacit/shared/update'
import { encodeRelease, modelOf, TASK_DEFAULTS, type TaskDefinition } from '../../task/index.js'
import { RoundEngine } from '../engine.js'
import { makePlan } from '../plan.js'
import type { RoundEffect, RoundEvent, RoundLimits } from '../types.js'

export const LIMITS: RoundLimits = {
  goalCount: 4,
  overSelection: 1.3,
  minimumCount: 2,
  largestGroup: 1000,
  uploadsInFlight: 2,
  joinDeadlineMs: 1000,
  stepDeadlineMs: 100,
  phaseDeadlineMs: 2000,
  uploadDeadlineMs: 500,
  chunkBytes: 1024,
}

const TASK: TaskDefinition = {
  ...TASK_DEFAULTS,
  secureSum: 'plain',
  name: 'homepage',
  model: ials.name,
  settings: { factors: 2 },
  population: 10,
  share: 1,
  catalogue: { hash: '0'.repeat(64), items: 5 },
}

/** An engine with everything around it that a test of its rules needs. */
export class EngineBench {
  readonly engine: RoundEngine
  readonly plan
  readonly effects: RoundEffect[] = []

  constructor(limits: Partial<RoundLimits> = {}, backends: SumBackends = plainOnly) {
    const all = { ...LIMITS, ...limits }
    this.engine = new RoundEngine(all, backends)
    const model = modelOf(TASK)
    const state = model.init(new SeededRandom({ seed: 1, purpose: 'initialise' }))
    this.plan = makePlan(TASK, model, all, {
      number: 1,
      roundId: 'ab'.repeat(16),
      modelHash: encodeRelease(TASK, model, state, 0).manifest.hash,
      invited: 1000,
    })
  }

  get roundId(): string {
    return this.plan.roundId
  }

  get bytes(): number {
    return this.vector(0).length
  }

  /** A packed vector whose words are all `value`. */
  vector(value: number): Uint8Array {
    const words = new Uint32Array(layoutSize(this.plan.layout)).fill(value)
    return pack(words, this.plan.modulusBits)
  }

  /** Hands over an event and answers its effects. */
  do(event: RoundEvent): readonly RoundEffect[] {
    const effects = this.engine.handle(event)
    this.effects.push(...effects)
    return effects
  }

  start(...cohort: string[]): readonly RoundEffect[] {
    return this.do({ type: 'start', plan: this.plan, manifest: '/m', cohort })
  }

  join(device: string, roundId = this.roundId): readonly RoundEffect[] {
    return this.do({ type: 'message', device, message: { type: 'join', roundId } })
  }

  ask(device: string, bytes = this.bytes): readonly RoundEffect[] {
    return this.do({ type: 'message', device, message: { type: 'upload', roundId: this.roundId, bytes } })
  }

  send(device: string, value: number): readonly RoundEffect[] {
    return this.do({ type: 'vector', device, packed: this.vector(value) })
  }

  /** Brings devices as far as being asked for their vectors. */
  begin(...devices: string[]): void {
    this.start(...devices)
    for (const device of devices) this.join(device)
  }

  timer(timer: string): readonly RoundEffect[] {
    return this.do({ type: 'timer', timer })
  }
}

/** Messages of a type among effects, as [device, message]. */
export function sent<T extends string>(effects: readonly RoundEffect[], type: T) {
  return effects.flatMap((effect) =>
    effect.type === 'send' && effect.message.type === type ? [[effect.to, effect.message] as const] : [],
  )
}

export function only<T extends RoundEffect['type']>(effects: readonly RoundEffect[], type: T) {
  return effects.filter((effect): effect is Extract<RoundEffect, { type: T }> => effect.type === type)
}
