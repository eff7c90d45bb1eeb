import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import type { SumPlan } from '../../secure-sum.js'
import type { Entry } from '../entry.js'
import type { MaskedEnvironment } from '../environment.js'
import { keysStatement } from '../statements.js'
import { rememberingSuite } from '../testing/remembering-suite.js'
import { ANONYMOUS } from '../testing/round.js'
import { checkKeys } from './check-keys.js'

const PLAN: SumPlan = {
  planHash: 'ab'.repeat(32),
  roundId: 'cd'.repeat(16),
  round: 3,
  minimum: 2,
  largestGroup: 100,
  length: 1,
  modulusBits: 24,
  masking: ANONYMOUS,
}
const CERTIFIED: SumPlan = { ...PLAN, masking: { ...ANONYMOUS, identity: 'certified' } }
/** Of order 8 on Curve25519 (RFC 7748, section 7, and Bernstein's list of points of small order). */
const LOW_ORDER = hexToBytes('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800')

const environment: MaskedEnvironment = { suite: rememberingSuite }

/** Keys of a device, signed after they were changed. */
async function entryOf(device: number, change: Partial<Entry> = {}): Promise<Entry> {
  const suite = await rememberingSuite()
  const key = async (what: number) =>
    (await suite.agreementKey(new Uint8Array(32).fill(16 * device + what))).publicKey
  const signing = await suite.signingKey(new Uint8Array(32).fill(16 * device))
  const keys = {
    identity: signing.publicKey,
    channel: await key(1),
    mask: await key(2),
    commitment: new Uint8Array(32).fill(device),
    ...change,
  }
  const signature = change.signature ?? (await signing.sign(keysStatement(PLAN, keys)))
  return { ...keys, signature, credential: change.credential ?? '' }
}

async function sorted(entries: readonly Entry[], plan = PLAN, own = environment) {
  const sent = new Map(entries.map((entry, i) => [String(i), entry]))
  const { devices, refused } = await checkKeys(plan, own, sent)
  return {
    listed: devices.map(({ member }) => member),
    refused: refused.map(({ member, problem }) => `${member} ${problem}`),
  }
}

describe('the check of keys before the list is frozen', () => {
  it('takes those that are signed, each with a name of its own', async () => {
    expect(await sorted([await entryOf(1), await entryOf(2)])).toEqual({ listed: ['0', '1'], refused: [] })
  })

  it.each(['channel', 'mask', 'commitment', 'identity'] as const)(
    'sorts out a %s that is not signed',
    async (field) => {
      const { signature } = await entryOf(1)
      const other = await entryOf(3)
      const forged = await entryOf(1, { [field]: other[field], signature })
      expect(await sorted([forged, await entryOf(2)])).toEqual({
        listed: ['1'],
        refused: ['0 its keys are not signed for this plan'],
      })
    },
  )

  it('sorts out keys that are signed for another plan', async () => {
    const plan = { ...PLAN, planHash: 'ac'.repeat(32) }
    expect((await sorted([await entryOf(1)], plan)).refused).toEqual([
      '0 its keys are not signed for this plan',
    ])
  })

  it.each(['channel', 'mask'] as const)('sorts out a %s of low order', async (field) => {
    expect(await sorted([await entryOf(1, { [field]: LOW_ORDER }), await entryOf(2)])).toEqual({
      listed: ['1'],
      refused: ['0 TACIT_KEY_INVALID'],
    })
  })

  it('keeps the first of two that share a key', async () => {
    const one = await entryOf(1)
    const twin = await entryOf(2, { channel: one.channel })
    const crossed = await entryOf(3, { mask: one.channel })
    const same = await entryOf(4, { mask: (await entryOf(4)).channel })
    expect(await sorted([one, one, twin, crossed, same, await entryOf(5)])).toEqual({
      listed: ['0', '5'],
      refused: ['1', '2', '3', '4'].map((member) => `${member} a key that another device uses`),
    })
  })

  it('keeps a key free of whoever was sorted out', async () => {
    const one = await entryOf(1)
    const thief = { ...(await entryOf(2)), channel: one.channel }
    expect((await sorted([thief, one])).listed).toEqual(['1'])
  })

  it('asks the issuer where devices are to be certified, and nobody elsewhere', async () => {
    const own: MaskedEnvironment = {
      ...environment,
      verifyCredential: async (credential) => {
        if (credential !== 'good') throw new TacitError('TACIT_CREDENTIAL_INVALID', { problem: 'bad' })
      },
    }
    const entries = [await entryOf(1, { credential: 'good' }), await entryOf(2, { credential: 'bad' })]
    expect(await sorted(entries, CERTIFIED, own)).toEqual({
      listed: ['0'],
      refused: ['1 TACIT_CREDENTIAL_INVALID'],
    })
    expect((await sorted(entries, PLAN, own)).listed).toEqual(['0', '1'])
    expect((await sorted(entries, CERTIFIED)).refused).toEqual([
      '0 TACIT_CREDENTIAL_MISSING',
      '1 TACIT_CREDENTIAL_MISSING',
    ])
  })
})
