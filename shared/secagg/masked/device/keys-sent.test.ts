import { describe, expect, it } from 'vitest'
import { decodeBase64Url } from '../../../bytes/index.js'
import { chainCommitment } from '../../graph/index.js'
import { toEntry } from '../bodies.js'
import { keysStatement } from '../statements.js'
import { play, TWELVE } from '../testing/play.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import type { Body } from '../testing/round.js'

const keysOf = async (options = {}) => {
  const { round, end } = await play({ ...TWELVE, ...options })
  const keys: Body[] = end.said.filter(({ step }) => step === 'keys').map(({ body }) => body)
  return { round, end, keys }
}

describe('a device that sends its keys', () => {
  it('sends fresh ones that it signed, with a commitment, and no credential in anonymous rounds', async () => {
    const { round, keys } = await keysOf()
    const suite = await rememberingSuite()
    const fields = keys.flatMap(({ identity, channel, mask, commitment }) => [
      identity,
      channel,
      mask,
      commitment,
    ])
    expect(new Set(fields).size).toBe(48)
    for (const body of keys) {
      const entry = toEntry(body)
      expect(await suite.verify(entry.identity, keysStatement(round.plan, entry), entry.signature)).toBe(true)
      expect(body.credential).toBe('')
    }
  })

  it('draws another set for another round', async () => {
    const [first, second] = [await keysOf({ seed: 1 }), await keysOf({ seed: 2 })]
    const fields = [...first.keys, ...second.keys].flatMap((body) => Object.values(body))
    expect(new Set(fields).size).toBe(2 * 12 * 5 + 1)
  })

  it('commits to the chain that it reveals, and to another than that of its mask', async () => {
    const { round, keys } = await keysOf()
    const chain = Uint8Array.from({ length: 32 })
    // Overwritten by now: only what it had said tells of it.
    expect([...round.secrets[0]!.drawn[3]!]).toEqual([...chain])
    expect(decodeBase64Url(keys[0].commitment)).not.toEqual(chainCommitment(chain))
  })

  it('has no part in a certified round without a credential', async () => {
    const verifyCredential = async () => {}
    const { round, end } = await play({
      ...TWELVE,
      masking: { ...TWELVE.masking, identity: 'certified' },
      environment: { verifyCredential },
    })
    expect(round.fateOf(0)).toEqual({ code: 'TACIT_CREDENTIAL_MISSING', said: [], wiped: true })
    expect(end.left.size).toBe(12)
    expect(end.failure).toBe('too-few-survivors')
  })

  it('signs with the key that its credential certifies', async () => {
    const identity = (device: number) => ({
      seed: new Uint8Array(32).fill(100 + device),
      credential: `of ${device}`,
    })
    const { round, end, keys } = await keysOf({
      masking: { ...TWELVE.masking, identity: 'certified' },
      environment: { verifyCredential: async () => {} },
      own: (device: number) => ({ identity: identity(device) }),
    })
    const suite = await rememberingSuite()
    for (const [device, body] of keys.entries()) {
      const { publicKey } = await suite.signingKey(identity(device).seed)
      expect(decodeBase64Url(body.identity)).toEqual(publicKey)
      expect(body.credential).toBe(`of ${device}`)
    }
    expect(end.survivors).toHaveLength(12)
    expect(round.fateOf(3).code).toBeUndefined()
  })
})
