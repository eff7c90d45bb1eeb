import type { Member } from '@tacit/shared/secagg'
import { say } from './speech.js'
import type { Round } from './state.js'
import type { RoundEffect, RoundLimits } from './types.js'
import type { Slot } from './upload-slots.js'

const NOTHING: readonly RoundEffect[] = []

/** Lets devices upload that wait for it, as many as there are slots. */
export function grantUploads(round: Round, limits: RoundLimits): readonly RoundEffect[] {
  let slot = round.slots.grant()
  if (!slot) return NOTHING
  const effects = effectsOf(slot, round, limits)
  for (slot = round.slots.grant(); slot; slot = round.slots.grant()) {
    effects.push(...effectsOf(slot, round, limits))
  }
  return effects
}

function effectsOf({ device, timer }: Slot, round: Round, { uploadDeadlineMs }: RoundLimits): RoundEffect[] {
  return [
    { type: 'expect-vector', from: device, roundId: round.plan.roundId, bytes: round.vectorBytes },
    { type: 'set-timer', timer, afterMs: uploadDeadlineMs },
    say(device, round.grantMessage),
  ]
}

/** The device uploads no more, nor does it wait for it. */
export function takeUploadBack(round: Round, device: Member): readonly RoundEffect[] {
  const timer = round.slots.release(device)
  if (timer === undefined) return NOTHING
  return [
    { type: 'forget-vector', from: device },
    { type: 'clear-timer', timer },
  ]
}
