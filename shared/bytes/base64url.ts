const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 64; value++) VALUES[ALPHABET.charCodeAt(value)] = value

const CODES = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0))
/** As many as `String.fromCharCode` takes at once. */
const PIECE = 8192

/** Base64url without padding (RFC 4648, section 5). */
export function encodeBase64Url(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  let held = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < bytes.length; i++) {
    held = (held << 8) | bytes[i]!
    bits += 8
    while (bits >= 6) {
      bits -= 6
      codes[at++] = CODES[(held >>> bits) & 63]!
    }
    held &= (1 << bits) - 1
  }
  if (bits > 0) codes[at] = CODES[(held << (6 - bits)) & 63]!
  // Letter by letter a text would be a chain of as many pieces until somebody reads it.
  if (codes.length <= PIECE) return String.fromCharCode(...codes)
  let text = ''
  for (let from = 0; from < codes.length; from += PIECE)
    text += String.fromCharCode(...codes.subarray(from, from + PIECE))
  return text
}

/**
 * The inverse; every list of bytes has one text.
 * @throws RangeError on padding, other characters, and bits that belong to no byte
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8))
  let held = 0
  let bits = 0
  let at = 0
  for (let i = 0; i < text.length; i++) {
    const value = VALUES[text.charCodeAt(i)] ?? -1
    if (value < 0) throw new RangeError(`no base64url character at ${i}`)
    held = (held << 6) | value
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = held >>> bits
      held &= (1 << bits) - 1
    }
  }
  if (bits >= 6 || held !== 0) throw new RangeError('bits of no byte at the end')
  return bytes
}
