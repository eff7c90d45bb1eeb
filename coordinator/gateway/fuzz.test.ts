import { isErrorCode } from '@tacit/shared/errors'
import { framesOf } from '@tacit/shared/protocol'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { expect, it } from 'vitest'
import { Bench, type FakeDevice, ROUND, sameBytes, vectorOf } from './testing/fakes.js'
import { GRANTED_BYTES, type Malformed, malformed } from './testing/malformed.js'

const FRAMES = 10_200

/** Brings an intruder to the stage at which it misbehaves. */
function intrude(bench: Bench, { stage }: Malformed, name: string): FakeDevice {
  if (stage === 'opened') return bench.open()
  const device = bench.hello(name)
  if (stage === 'granted') bench.sessions.expectVector(name, ROUND, GRANTED_BYTES)
  return device
}

it('each of 10,200 bad messages closes its own connection with a TACIT code, and no other', () => {
  const bench = new Bench()
  const vector = vectorOf((FRAMES / 10) * 300)
  const honest = bench.hello('honest')
  bench.sessions.expectVector('honest', ROUND, vector.length)
  const chunks = framesOf(vector, ROUND, 300)
  const bad = malformed(new Draws(new SeededRandom({ seed: 2, purpose: 'training' })))
  const codes = new Map<string, number>()

  for (let i = 0; i < FRAMES; i++) {
    const message = bad.next().value as Malformed
    const intruder = intrude(bench, message, `intruder-${i}`)
    if (typeof message.data === 'string') bench.say(intruder, message.data)
    else bench.sessions.binary(intruder.connection, message.data)

    const code = intruder.link.refusedWith
    expect(isErrorCode(code), `${message.kind} at stage ${message.stage}: ${code}`).toBe(true)
    expect(intruder.link.closes[0]!.code).toBeGreaterThanOrEqual(4400)
    codes.set(code!, (codes.get(code!) ?? 0) + 1)
    bench.sessions.lost(intruder.connection)

    if (i % 10 === 9) bench.sessions.binary(honest.connection, chunks.next().value!)
    if (i % 1000 === 0)
      expect(bench.sessions.stats()).toMatchObject({ devices: 1, detached: 0, strangers: 0 })
  }

  expect(honest.link.closes).toEqual([])
  expect(sameBytes(bench.sink.vectors.get('honest'), vector)).toBe(true)
  expect([...bench.sink.vectors.keys()]).toEqual(['honest'])
  expect(bench.sessions.stats()).toMatchObject({ devices: 1, detached: 0, strangers: 0, assemblyBytes: 0 })
  // The sink saw the intruders come and go, the honest device come, and nothing of what was wrong.
  const [connected, gone] = ['connected ', 'gone '].map((word) =>
    bench.sink.log.filter((l) => l.startsWith(word)),
  )
  expect(connected!.length).toBe(gone!.length + 1)
  expect(bench.sink.log.length).toBe(connected!.length + gone!.length + 1)
  expect(codes.has('TACIT_INTERNAL')).toBe(false)
  expect([...codes.keys()].toSorted()).toEqual([
    'TACIT_DEVICE_CONNECTED',
    'TACIT_FRAME_INVALID',
    'TACIT_MESSAGE_INVALID',
    'TACIT_MESSAGE_TOO_LARGE',
    'TACIT_OUT_OF_PHASE',
    'TACIT_TASK_UNKNOWN',
    'TACIT_VECTOR_SIZE',
  ])
})
