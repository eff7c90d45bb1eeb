import { digest } from '@tacit/shared/bytes'

const WORD = 2 ** 32

/**
 * A device's coin for a round: heads with probability `sampling`, to 2^-53. A round's coin follows from its id and a
 * secret of the device's, so that whoever asks twice, also after the page was left, hears the same: coins that are
 * flipped until they win would void what is claimed of sampling. Nobody without the secret can tell them from chance.
 *
 * @param secret 32 bytes of the secure generator, as hexadecimal digits
 * @param sampling in (0, 1]
 */
export function winsCoin(secret: string, task: string, roundId: string, sampling: number): boolean {
  const { buffer } = digest('tacit/coin/1', secret, task, roundId).slice()
  const words = new DataView(buffer)
  const draw = (words.getUint32(0) >>> 11) * WORD + words.getUint32(4)
  return draw < sampling * 2 ** 53
}
