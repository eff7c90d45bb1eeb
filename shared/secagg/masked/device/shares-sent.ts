import { concatBytes, type Json } from '../../../bytes/index.js'
import { TacitError } from '../../../errors/index.js'
import { split } from '../../shamir/index.js'
import { deliveriesSchema, parseBody, toBytes, toText } from '../bodies.js'
import { shareIndex } from '../share-index.js'
import { channelKey, selfMaskCommitment, shareData } from '../statements.js'
import { type DeviceKeys, wipeKeys } from './keys-sent.js'
import { Masking } from './masking.js'
import { checkNeighbourhood, type Neighbourhood } from './neighbourhood.js'
import type { DeviceRoster } from './rostered.js'
import type { DeviceContext, DeviceState, Next } from './state.js'

export const SHARE_BYTES = 32

/**
 * Step 1: shares of the two secrets by which this device's masks can be taken away, one pair for each
 * neighbour, sealed. @throws as {@link checkNeighbourhood}, TACIT_KEY_INVALID
 */
export async function dealShares(
  context: DeviceContext,
  keys: DeviceKeys,
  roster: DeviceRoster,
  body: Json,
): Promise<Next> {
  const around = await checkNeighbourhood(context, keys, roster, body)
  const channels = await agreeChannels(keys, around)
  const selfSecret = context.own.random.bytes(32)
  const sealed = await sealShares(context, keys, around, selfSecret, channels)
  const commitment = toText(selfMaskCommitment(selfSecret, around.config, around.place))
  return {
    state: new SharesSent(context, { keys, around, selfSecret, channels }),
    says: { step: 'shares', body: { commitment, sealed: sealed.map(toText) } },
  }
}

/** What a device holds once its shares are out. */
export interface Dealt {
  readonly keys: DeviceKeys
  readonly around: Neighbourhood
  /** Of the mask that the device adds for itself, 32 bytes. */
  readonly selfSecret: Uint8Array
  /** Agreed with each neighbour, 32 bytes each. */
  readonly channels: readonly Uint8Array[]
}

async function agreeChannels({ channel }: DeviceKeys, { neighbours }: Neighbourhood): Promise<Uint8Array[]> {
  const agreed = await Promise.allSettled(neighbours.map(({ entry }) => channel.agree(entry.channel)))
  const refused = agreed.find((one) => one.status === 'rejected')
  const channels = agreed.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  if (!refused) return channels
  for (const secret of channels) secret.fill(0)
  throw refused.reason
}

async function sealShares(
  { own, environment }: DeviceContext,
  { maskSecret }: DeviceKeys,
  { config, place, parameters, neighbours }: Neighbourhood,
  selfSecret: Uint8Array,
  channels: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const suite = await environment.suite()
  const xs = neighbours.map((neighbour) => shareIndex(neighbour.place))
  const draw = (length: number) => own.random.bytes(length)
  const ofSelf = split(selfSecret, parameters.threshold, xs, draw)
  const ofMask = split(maskSecret, parameters.threshold, xs, draw)
  return Promise.all(
    neighbours.map(async (neighbour, i) => {
      const key = channelKey(channels[i]!, config, place, neighbour.place)
      const pair = concatBytes(ofSelf[i]!, ofMask[i]!)
      const sealed = await suite.seal(key, pair, shareData(config, place, neighbour.place))
      for (const secret of [key, pair, ofSelf[i]!, ofMask[i]!]) secret.fill(0)
      return sealed
    }),
  )
}

class SharesSent implements DeviceState {
  readonly takes = ['deliveries']
  readonly #context: DeviceContext
  readonly #dealt: Dealt

  constructor(context: DeviceContext, dealt: Dealt) {
    this.#context = context
    this.#dealt = dealt
  }

  /**
   * What neighbours sealed for this device. A neighbour whose seal does not hold still gets its mask, for it
   * may well have dealt rightly to all others; there is only no share of it to give back.
   */
  async receive(_step: string, body: Json): Promise<Next> {
    const { around, keys, channels } = this.#dealt
    const { neighbours, parameters, config, place } = around
    const { sealed } = parseBody(deliveriesSchema, 'deliveries', body)
    if (sealed.length !== neighbours.length)
      throw tooFew(`${sealed.length} for ${neighbours.length} neighbours`)
    const suite = await this.#context.environment.suite()
    const alive = sealed.flatMap((text, i) => (text === null ? [] : [i]))
    const shares = await Promise.all(
      sealed.map(async (text, i) => {
        if (text === null) return undefined
        const from = neighbours[i]!.place
        const key = channelKey(channels[i]!, config, from, place)
        const pair = await suite.open(key, toBytes(text), shareData(config, from, place))
        key.fill(0)
        return pair
      }),
    )
    const opened = shares.filter((pair) => pair !== undefined).length
    if (opened < parameters.threshold) {
      throw tooFew(`${opened} neighbours share the group, ${parameters.threshold} are needed`)
    }
    for (const channel of channels) channel.fill(0)
    const { selfSecret } = this.#dealt
    return { state: new Masking(this.#context, { keys, around, selfSecret, alive, shares }) }
  }

  wipe(): void {
    const { keys, selfSecret, channels } = this.#dealt
    wipeKeys(keys)
    for (const secret of [selfSecret, ...channels]) secret.fill(0)
  }
}

function tooFew(problem: string): TacitError {
  return new TacitError('TACIT_NEIGHBOUR_INVALID', { problem })
}
