import { hexToBytes } from '../bytes/index.js'
import { KEY_BYTES } from './check.js'

const SIGNATURE_BYTES = 64

/** The y of the points whose order divides 8, little-endian without the sign of x: 0, 1, -1 and two roots. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => hexToBytes(hex))

/**
 * What of an Ed25519 signature platforms differ in. RFC 8032 leaves open whether the equation is multiplied by the
 * cofactor, and libraries whether they take points of small order and encodings that are not reduced (Chalkias,
 * Garillot and Nikolaenko 2020, "Taming the many EdDSAs"). Devices that judge the same signature differently could
 * be played off against each other, so all suites refuse such keys and such R before they verify, and verify
 * without the cofactor.
 */
export function isPlainSignature(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === KEY_BYTES &&
    signature.length === SIGNATURE_BYTES &&
    isPlainPoint(publicKey) &&
    isPlainPoint(signature.subarray(0, KEY_BYTES))
  )
}

function isPlainPoint(point: Uint8Array): boolean {
  return isReduced(point) && !SMALL_ORDER.some((y) => sameY(point, y))
}

/** Whether y < 2^255 - 19. */
function isReduced(point: Uint8Array): boolean {
  if (point[0]! < 0xed || (point[31]! & 0x7f) !== 0x7f) return true
  return !point.subarray(1, 31).every((byte) => byte === 0xff)
}

function sameY(point: Uint8Array, y: Uint8Array): boolean {
  return y.every((byte, i) => byte === (i === 31 ? point[i]! & 0x7f : point[i]))
}
