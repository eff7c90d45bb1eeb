import type { Json } from '../../../bytes/index.js'
import type { AgreementKey, SigningKey } from '../../../crypto/index.js'
import { TacitError } from '../../../errors/index.js'
import { chainCommitment } from '../../graph/index.js'
import { fromEntry } from '../bodies.js'
import type { Entry } from '../entry.js'
import { keysStatement } from '../statements.js'
import { enterRoster } from './rostered.js'
import type { DeviceContext, DeviceState, Next } from './state.js'

/** What a device draws for one round. Nothing of it is used in another. */
export interface DeviceKeys {
  readonly identity: SigningKey
  readonly channel: AgreementKey
  readonly mask: AgreementKey
  /** The mask key's secret, 32 bytes, which neighbours get shares of. */
  readonly maskSecret: Uint8Array
  /** Start of the chain whose values may be revealed for the graph, 32 bytes. */
  readonly chainSecret: Uint8Array
  readonly entry: Entry
}

/**
 * Step 0: fresh keys and a commitment to the randomness of the graph, signed by the round's identity key.
 * @throws TACIT_CREDENTIAL_MISSING
 */
export async function sendKeys(context: DeviceContext): Promise<Next> {
  const keys = await drawKeys(context)
  return { state: new KeysSent(context, keys), says: { step: 'keys', body: fromEntry(keys.entry) } }
}

async function drawKeys(context: DeviceContext): Promise<DeviceKeys> {
  const { plan, masking, own, environment } = context
  if (masking.identity === 'certified' && !own.identity) {
    throw new TacitError('TACIT_CREDENTIAL_MISSING', { problem: 'this device has none left' })
  }
  const suite = await environment.suite()
  const identitySeed = own.identity?.seed ?? own.random.bytes(32)
  const channelSecret = own.random.bytes(32)
  const identity = await suite.signingKey(identitySeed)
  const channel = await suite.agreementKey(channelSecret)
  // The suite holds them now, each for one round.
  for (const secret of [identitySeed, channelSecret]) secret.fill(0)
  const maskSecret = own.random.bytes(32)
  const mask = await suite.agreementKey(maskSecret)
  const chainSecret = own.random.bytes(32)
  const publics = {
    identity: identity.publicKey,
    channel: channel.publicKey,
    mask: mask.publicKey,
    commitment: chainCommitment(chainSecret),
  }
  const signature = await identity.sign(keysStatement(plan, publics))
  const credential = masking.identity === 'certified' ? own.identity!.credential : ''
  return { identity, channel, mask, maskSecret, chainSecret, entry: { ...publics, signature, credential } }
}

export function wipeKeys({ maskSecret, chainSecret }: DeviceKeys): void {
  maskSecret.fill(0)
  chainSecret.fill(0)
}

class KeysSent implements DeviceState {
  readonly takes = ['roster', 'draw']
  readonly #context: DeviceContext
  readonly #keys: DeviceKeys

  constructor(context: DeviceContext, keys: DeviceKeys) {
    this.#context = context
    this.#keys = keys
  }

  async receive(step: string, body: Json): Promise<Next> {
    return enterRoster(this.#context, this.#keys, step, body, 0)
  }

  wipe(): void {
    wipeKeys(this.#keys)
  }
}
