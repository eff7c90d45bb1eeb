import { TacitError } from '../errors/index.js'

/**
 * Bits b of the ring R = 2^b in which `devices` integers of `quantisationBits` bits can be summed without
 * wrapping: ceil(log2(n(2^q - 1) + 1 + 2 * noiseTail)).
 *
 * @param noiseTail largest absolute value that the summed noise may take, in integer steps
 * @param span largest integer less the smallest, where it is less than so many bits have
 * @throws TACIT_MODULUS_TOO_LARGE when more than 32 bits are needed: an overflow is refused, never warned about
 */
export function modulusBits(
  devices: number,
  quantisationBits: number,
  noiseTail = 0,
  span = 2 ** quantisationBits - 1,
): number {
  const values = BigInt(devices) * BigInt(span) + 1n + 2n * BigInt(noiseTail)
  const bits = (values - 1n).toString(2).length
  if (bits > 32) {
    throw new TacitError('TACIT_MODULUS_TOO_LARGE', { devices, bits: quantisationBits, needed: bits })
  }
  return bits
}
