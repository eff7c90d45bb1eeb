import { bytesToHex } from '../../../bytes/index.js'
import type { AgreementKey, CryptoSuite } from '../../../crypto/index.js'
import { codeOf } from '../../../errors/index.js'
import type { Member, SumPlan } from '../../secure-sum.js'
import type { Entry } from '../entry.js'
import { checkCredential, type MaskedEnvironment } from '../environment.js'
import { keysStatement } from '../statements.js'
import { type Listed, listed } from './roster.js'

export interface CheckedKeys {
  readonly devices: readonly Listed[]
  readonly refused: readonly { readonly member: Member; readonly problem: string }[]
}

/**
 * Sorts out, before the list is frozen, whom its neighbours would refuse: one device with bad keys would else
 * take all its neighbours with it. Of two with a key in common the one that came first stays.
 */
export async function checkKeys(
  plan: SumPlan,
  environment: MaskedEnvironment,
  sent: ReadonlyMap<Member, Entry>,
): Promise<CheckedKeys> {
  const suite = await environment.suite()
  const probe = await suite.agreementKey(PROBE)
  const devices: Listed[] = []
  const refused: { member: Member; problem: string }[] = []
  const taken = new Set<string>()
  for (const [member, entry] of sent) {
    const one = listed(member, entry)
    const unique = [entry.identity, entry.channel, entry.mask, one.name].map(bytesToHex)
    const problem =
      new Set(unique).size < unique.length || unique.some((key) => taken.has(key))
        ? 'a key that another device uses'
        : await problemOf(plan, environment, suite, probe, entry)
    if (problem) {
      refused.push({ member, problem })
      continue
    }
    for (const key of unique) taken.add(key)
    devices.push(one)
  }
  return { devices, refused }
}

/** A key pair that protects nothing: agreeing with it shows whether a key is of low order. */
const PROBE = new Uint8Array(32).fill(1)

async function problemOf(
  plan: SumPlan,
  environment: MaskedEnvironment,
  suite: CryptoSuite,
  probe: AgreementKey,
  entry: Entry,
): Promise<string | undefined> {
  if (!(await suite.verify(entry.identity, keysStatement(plan, entry), entry.signature))) {
    return 'its keys are not signed for this plan'
  }
  try {
    await checkCredential(environment, plan, entry.credential, entry.identity)
    await probe.agree(entry.channel)
    await probe.agree(entry.mask)
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}
