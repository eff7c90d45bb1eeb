import { bytesToHex } from '../../../bytes/index.js'
import type { CryptoSuite, Mask } from '../../../crypto/index.js'
import type { SumFailure } from '../../secure-sum.js'
import { combine, type Recovery, recover, type Share } from '../../shamir/index.js'
import { shareIndex } from '../share-index.js'
import { pairMaskKey, pairMaskSign, selfMaskCommitment, selfMaskKey } from '../statements.js'
import type { GroupContext } from './group-context.js'
import type { Collected } from './uploading.js'

/** What a device told: one share for each of its neighbours, none where it has none. */
export type Shares = readonly (Uint8Array | undefined)[]

export interface Unmasked {
  /** Places whose shares were wrong. */
  readonly culprits: readonly number[]
  /** The place whose secret none of the shares opens: it dealt wrongly, or too many told wrong ones. */
  readonly unopened?: number
  /** Why the masks could not all be taken away; the sum is then worthless. */
  readonly failure?: SumFailure
}

/** Masks expanded in one go: few enough for their ciphers to be open together. */
const BATCH = 64

/**
 * Opens the secret of every device whose masks are in the sum (the self mask of a survivor, the mask key of one
 * that was lost), checks it against what the device had committed to, and takes the masks out of the sum.
 */
export async function takeMasksAway(
  context: GroupContext,
  collected: Collected,
  told: ReadonlyMap<number, Shares>,
): Promise<Unmasked> {
  const suite = await context.environment.suite()
  const culprits = new Set<number>()
  let pending: Mask[] = []
  const flush = async () => {
    await suite.addMasks(pending, collected.sum)
    for (const { key } of pending) key.fill(0)
    pending = []
  }
  for (const place of collected.dealt.keys()) {
    const shares = sharesOf(context, told, place, culprits)
    if (shares.length < context.threshold) return { culprits: [...culprits], failure: 'shares-missing' }
    const opened = await open(context, collected, suite, place, shares)
    for (const x of opened.culprits) culprits.add(x - shareIndex(0))
    if (!opened.secret) return { culprits: [...culprits], unopened: place, failure: 'shares-invalid' }
    for (const mask of await masksOf(context, collected, suite, place, opened.secret)) {
      pending.push(mask)
      if (pending.length >= BATCH) await flush()
    }
    opened.secret.fill(0)
  }
  await flush()
  return { culprits: [...culprits] }
}

/** Shares of one device's secret; those of known culprits only where they are needed. */
function sharesOf(
  { neighbours, threshold }: GroupContext,
  told: ReadonlyMap<number, Shares>,
  place: number,
  culprits: ReadonlySet<number>,
): Share[] {
  const shares = neighbours[place]!.flatMap((neighbour) => {
    const share = told.get(neighbour)?.[neighbours[neighbour]!.indexOf(place)]
    return share ? [{ place: neighbour, x: shareIndex(neighbour), share }] : []
  })
  const trusted = shares.filter((one) => !culprits.has(one.place))
  return trusted.length >= threshold ? trusted : shares
}

async function open(
  { config, entries, threshold }: GroupContext,
  { dealt, survivors }: Collected,
  suite: CryptoSuite,
  place: number,
  shares: readonly Share[],
): Promise<Recovery> {
  const expected = survivors.has(place) ? dealt.get(place)!.commitment : entries[place]!.mask
  const isRight = async (secret: Uint8Array) => {
    const actual = survivors.has(place)
      ? selfMaskCommitment(secret, config, place)
      : (await suite.agreementKey(secret)).publicKey
    return bytesToHex(actual) === bytesToHex(expected)
  }
  // Surplus shares cost five times as much to look at, and tell nothing where the first ones are right.
  const secret = combine(shares, threshold)
  return (await isRight(secret)) ? { secret, culprits: [] } : recover(shares, threshold, isRight)
}

/** The masks that this device's vector, or its absence, left in the sum, with the sign that takes them away. */
async function masksOf(
  { config, entries, neighbours }: GroupContext,
  { survivors }: Collected,
  suite: CryptoSuite,
  place: number,
  secret: Uint8Array,
): Promise<Mask[]> {
  if (survivors.has(place)) return [{ key: selfMaskKey(secret, config), sign: -1 }]
  const own = await suite.agreementKey(secret)
  const left = neighbours[place]!.filter((neighbour) => survivors.has(neighbour))
  return Promise.all(
    left.map(async (neighbour): Promise<Mask> => {
      const agreed = await own.agree(entries[neighbour]!.mask)
      // The neighbour's own sign is the opposite of what this device would have added.
      return { key: pairMaskKey(agreed, config, place, neighbour), sign: pairMaskSign(place, neighbour) }
    }),
  )
}
