import { encodeFrame, FRAME_HEADER_BYTES, MAX_FRAME_BYTES } from '@tacit/shared/protocol'
import type { Draws } from '@tacit/shared/random'
import { DEFAULT_LIMITS } from '../limits.js'
import { helloText, joinText, ROUND, vectorOf } from './fakes.js'

/** How far a device gets, correctly, before it sends what no device should. */
type Stage = 'opened' | 'hello' | 'granted'

export interface Malformed {
  readonly kind: string
  readonly stage: Stage
  readonly data: string | Uint8Array
}

/** Bytes of the vector that a device at stage `granted` may send, for the round {@link ROUND}. */
export const GRANTED_BYTES = 4096

type Make = (draws: Draws) => string | Uint8Array

const TEXTS: Record<string, Make> = {
  noise: (draws) =>
    String.fromCharCode(...Array.from({ length: 1 + draws.below(60) }, () => 32 + draws.below(90))),
  truncated: (draws) => truncate(joinText(), draws),
  'truncated hello': (draws) => truncate(helloText('intruder'), draws),
  'unknown type': (draws) =>
    joinText().replace('join', oneOf(['invite', 'welcome', 'grant', 'jion', ''], draws)),
  'extra key': (draws) => joinText().replace('{', `{"x${draws.word()}":1,`),
  'missing key': () => '{"type":"join"}',
  'wrong value': (draws) =>
    JSON.stringify({
      type: 'upload',
      roundId: ROUND,
      bytes: oneOf([-1, 0.5, 2 ** 40, '7', null, []], draws),
    }),
  'wrong round id': (draws) => joinText(ROUND.slice(0, draws.below(32))),
  'not an object': (draws) => oneOf(['null', '[]', '1', '"join"', 'true', '{}', ''], draws),
  'too deep': (draws) => {
    const depth = 5_000 + draws.below(3_000)
    return `{"type":"sum","roundId":"${ROUND}","step":"x","body":${'['.repeat(depth)}${']'.repeat(depth)}}`
  },
  'too large': (draws) => `{"type":"${'x'.repeat(DEFAULT_LIMITS.maxTextBytes + draws.below(1000))}"}`,
  'prototype key': () => joinText().replace('{', '{"__proto__":{"type":"join"},'),
}

/** Wrong whatever the stage. */
const FRAMES: Record<string, Make> = {
  noise: (draws) => {
    const bytes = noise(1 + draws.below(500), draws)
    if (bytes[0] === 0x54) bytes[0] = 0
    return bytes
  },
  'truncated header': (draws) => frame({}).subarray(0, draws.below(FRAME_HEADER_BYTES + 1)),
  'bad magic': (draws) => altered(0, 1 + draws.below(255)),
  'bad version': (draws) => altered(1, 1 + draws.below(255)),
  'reserved byte': (draws) => altered(3, 1 + draws.below(255)),
  'past its end': (draws) =>
    frame({ offset: 4000 + draws.below(96), payload: vectorOf(97 + draws.below(500)) }),
  'too large': (draws) => {
    const bytes = new Uint8Array(MAX_FRAME_BYTES + 1 + draws.below(500))
    bytes.set(frame({ total: MAX_FRAME_BYTES * 2 }))
    return bytes
  },
  'of another round': (draws) => frame({ roundId: Buffer.from(noise(16, draws)).toString('hex') }),
  'of another size': (draws) => frame({ total: GRANTED_BYTES + 1 + draws.below(1000) }),
  'out of order': (draws) => frame({ offset: 1 + draws.below(3000) }),
  'of another segment': (draws) => frame({ segment: 1 + draws.below(255) }),
}

const OUT_OF_PHASE: Malformed[] = [
  { kind: 'join before hello', stage: 'opened', data: joinText() },
  { kind: 'frame before hello', stage: 'opened', data: frame({}) },
  { kind: 'second hello', stage: 'hello', data: helloText('intruder') },
  { kind: 'second hello while granted', stage: 'granted', data: helloText('intruder') },
  { kind: 'frame without grant', stage: 'hello', data: frame({}) },
  { kind: 'hello for an unknown task', stage: 'opened', data: helloText('intruder', undefined, 'nowhere') },
  { kind: 'hello as the honest device', stage: 'opened', data: helloText('honest') },
  { kind: 'hello with a guessed token', stage: 'opened', data: helloText('honest', '0'.repeat(32)) },
]

/** Endless malformed, truncated, oversized and out-of-phase messages, every kind at every stage in turn. */
export function* malformed(draws: Draws): Generator<Malformed> {
  const stages: Stage[] = ['opened', 'hello', 'granted']
  for (;;) {
    yield* OUT_OF_PHASE
    for (const stage of stages) {
      for (const [kind, make] of Object.entries(TEXTS))
        yield { kind: `text ${kind}`, stage, data: make(draws) }
      for (const [kind, make] of Object.entries(FRAMES))
        yield { kind: `frame ${kind}`, stage, data: make(draws) }
    }
  }
}

function frame(change: Partial<Parameters<typeof encodeFrame>[0]>): Uint8Array<ArrayBuffer> {
  const right = { roundId: ROUND, segment: 0, offset: 0, total: GRANTED_BYTES, payload: vectorOf(300) }
  return encodeFrame({ ...right, ...change })
}

/** A right frame with one byte changed by `by` in [1, 255]. */
function altered(at: number, by: number): Uint8Array {
  const bytes = frame({})
  bytes[at] = bytes[at]! + by
  return bytes
}

function noise(length: number, draws: Draws): Uint8Array {
  return Uint8Array.from({ length }, () => draws.below(256))
}

/** At least one character short: never JSON. */
function truncate(text: string, draws: Draws): string {
  return text.slice(0, draws.below(text.length))
}

function oneOf<T>(values: readonly T[], draws: Draws): T {
  return values[draws.below(values.length)]!
}
