/** The field elements of a secret or a share: its big-endian 16-bit words. */
export function wordsOf(bytes: Uint8Array): Uint16Array {
  const words = new Uint16Array(bytes.length / 2)
  for (let i = 0; i < words.length; i++) words[i] = (bytes[2 * i]! << 8) | bytes[2 * i + 1]!
  return words
}

export function bytesOf(words: Uint16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * words.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = words[i >> 1]! >> (8 - 8 * (i & 1))
  return bytes
}
