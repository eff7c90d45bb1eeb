import type { Member } from '@tacit/shared/secagg'
import { say } from './speech.js'
import type { Round } from './state.js'
import { uploadTimer } from './timer-names.js'
import type { RoundEffect, RoundLimits } from './types.js'

const NOTHING: readonly RoundEffect[] = []

/** Lets devices upload that wait for it, as many as there are slots. */
export function grantUploads(round: Round, limits: RoundLimits): readonly RoundEffect[] {
  const granted = round.slots.grant()
  if (granted.length === 0) return NOTHING
  const { roundId } = round.plan
  const { uploadDeadlineMs, chunkBytes } = limits
  const bytes = round.vectorBytes
  const effects: RoundEffect[] = []
  for (const device of granted) {
    effects.push(
      { type: 'expect-vector', from: device, roundId, bytes },
      { type: 'set-timer', timer: uploadTimer(device), afterMs: uploadDeadlineMs },
      say(device, { type: 'grant', roundId, chunkBytes }),
    )
  }
  return effects
}

/** The device uploads no more, nor does it wait for it. */
export function takeUploadBack(round: Round, device: Member): readonly RoundEffect[] {
  if (!round.slots.release(device)) return NOTHING
  return [
    { type: 'forget-vector', from: device },
    { type: 'clear-timer', timer: uploadTimer(device) },
  ]
}
