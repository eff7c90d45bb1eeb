import { isErrorCode } from '@tacit/shared/errors'
import { framesOf } from '@tacit/shared/protocol'
import { Draws, SeededRandom } from '@tacit/shared/random'
import { expect, it } from 'vitest'
import { helloText, ROUND, sameBytes, vectorOf } from './testing/fakes.js'
import { GRANTED_BYTES, type Malformed, malformed } from './testing/malformed.js'
import { Ground } from './testing/sockets.js'

const BATCHES = 20
const BATCH = 20

/** Sends one bad message over a socket of its own; answers how that socket was closed. */
async function misbehave(ground: Ground, { stage, data }: Malformed, name: string) {
  const device = stage === 'opened' ? await ground.connect() : await ground.hello(helloText(name))
  if (stage === 'granted') ground.gateway.expectVector(name, ROUND, GRANTED_BYTES)
  device.socket.send(data)
  const error = await device.until('error')
  return { ...(await device.closed), told: error.code }
}

it('each of 400 bad messages over real sockets closes its own, while a vector goes up beside them', async () => {
  const ground = await new Ground().listen()
  const honest = await ground.hello(helloText('honest'))
  const vector = vectorOf(BATCHES * 2000)
  ground.gateway.expectVector('honest', ROUND, vector.length)
  ground.sink.onVector = (device) => ground.gateway.send(device, { type: 'received', roundId: ROUND })
  const bad = malformed(new Draws(new SeededRandom({ seed: 3, purpose: 'training' })))
  let count = 0

  for (const chunk of framesOf(vector, ROUND, 2000)) {
    const batch = Array.from({ length: BATCH }, () => bad.next().value as Malformed)
    const ends = batch.map((message) => misbehave(ground, message, `intruder-${count++}`))
    honest.socket.send(chunk)
    for (const [i, end] of (await Promise.all(ends)).entries()) {
      expect(isErrorCode(end.reason), `${batch[i]!.kind}: ${end.reason}`).toBe(true)
      expect(end.told).toBe(end.reason)
      expect(end.code).toBeGreaterThanOrEqual(4400)
    }
  }

  await honest.until('received')
  expect(count).toBe(BATCHES * BATCH)
  expect([...ground.sink.vectors.keys()]).toEqual(['honest'])
  expect(sameBytes(ground.sink.vectors.get('honest'), vector)).toBe(true)
  expect(ground.gateway.stats()).toMatchObject({ devices: 1, detached: 0, assemblyBytes: 0 })
  await ground.close()
})
