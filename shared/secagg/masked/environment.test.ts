import { describe, expect, it } from 'vitest'
import { TacitError } from '../../errors/index.js'
import { checkCredential, type MaskedEnvironment, maskingOf } from './environment.js'
import { rememberingSuite } from './testing/remembering-suite.js'
import { ANONYMOUS, MaskedRound } from './testing/round.js'

const { plan } = new MaskedRound({ devices: 1 })
const CERTIFIED = { ...plan, round: 7, masking: { ...ANONYMOUS, identity: 'certified' } } as const
const identity = new Uint8Array(32).fill(1)

describe('the check of a credential', () => {
  it('asks the issuer of whom it is for, and for which round', async () => {
    const asked: unknown[] = []
    const environment: MaskedEnvironment = {
      suite: rememberingSuite,
      verifyCredential: async (...all) => {
        asked.push(all)
      },
    }
    await checkCredential(environment, CERTIFIED, 'token', identity)
    expect(asked).toEqual([['token', identity, 7, await rememberingSuite()]])
    await checkCredential(environment, plan, 'token', identity)
    expect(asked).toHaveLength(1)
  })

  it('fails where the issuer says so, or none is known', async () => {
    const refusing: MaskedEnvironment = {
      suite: rememberingSuite,
      verifyCredential: async () => {
        throw new TacitError('TACIT_CREDENTIAL_INVALID', { problem: 'expired' })
      },
    }
    await expect(checkCredential(refusing, CERTIFIED, 'token', identity)).rejects.toMatchObject({
      code: 'TACIT_CREDENTIAL_INVALID',
    })
    await expect(
      checkCredential({ suite: rememberingSuite }, CERTIFIED, 'token', identity),
    ).rejects.toMatchObject({
      code: 'TACIT_CREDENTIAL_MISSING',
    })
  })

  it('needs a plan that says how to mask', () => {
    expect(() => maskingOf({ ...plan, masking: undefined })).toThrow(
      expect.objectContaining({ code: 'TACIT_PLAN_REFUSED' }),
    )
  })
})
