import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export type Encoding = 'br' | 'gzip'

export interface ServedPart {
  readonly bytes: Uint8Array
  /** How the bytes are compressed; undefined when they are as they were. */
  readonly encoding: Encoding | undefined
}

/** A compressed form longer than this share of the original is not worth unpacking. */
const WORTHWHILE_SHARE = 0.95
const SMALLEST_COMPRESSED_BYTES = 256

const compress: Record<Encoding, (bytes: Uint8Array) => Promise<Uint8Array>> = {
  gzip: promisify(gzip),
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength,
      },
    }),
}

/**
 * Parts by hash, as they are and compressed, the least recently used going first. Requests that come while
 * a part is loaded or compressed wait for the same result: a thousand devices cost one computation.
 */
export class PartCache {
  readonly #load: (hash: string) => Promise<Uint8Array | undefined>
  readonly #maxBytes: number
  /** In order of use, oldest first. */
  readonly #kept = new Map<string, ServedPart>()
  readonly #pending = new Map<string, Promise<ServedPart | undefined>>()
  #bytes = 0

  /** @param maxBytes of all forms of all parts that are kept */
  constructor(load: (hash: string) => Promise<Uint8Array | undefined>, maxBytes: number) {
    this.#load = load
    this.#maxBytes = maxBytes
  }

  /** Bytes kept now. */
  get bytes(): number {
    return this.#bytes
  }

  /** The part, compressed as asked if that pays; undefined when there is none. */
  async get(hash: string, encoding?: Encoding): Promise<ServedPart | undefined> {
    const key = `${encoding ?? 'raw'}:${hash}`
    const kept = this.#kept.get(key)
    if (kept) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    const pending = this.#pending.get(key)
    if (pending) return pending
    const made = this.#make(hash, encoding)
    this.#pending.set(key, made)
    try {
      const part = await made
      if (part) this.#keep(key, part)
      return part
    } finally {
      this.#pending.delete(key)
    }
  }

  async #make(hash: string, encoding: Encoding | undefined): Promise<ServedPart | undefined> {
    if (!encoding) {
      const bytes = await this.#load(hash)
      return bytes && { bytes: onItsOwn(bytes), encoding: undefined }
    }
    const raw = await this.get(hash)
    if (!raw || raw.bytes.byteLength < SMALLEST_COMPRESSED_BYTES) return raw
    const bytes = await compress[encoding](raw.bytes)
    return bytes.byteLength <= raw.bytes.byteLength * WORTHWHILE_SHARE ? { bytes, encoding } : raw
  }

  #keep(key: string, part: ServedPart): void {
    if (part.bytes.byteLength > this.#maxBytes) return
    this.#kept.set(key, part)
    this.#bytes += part.bytes.byteLength
    for (const [oldest, { bytes }] of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return
      this.#kept.delete(oldest)
      this.#bytes -= bytes.byteLength
    }
  }
}

/** A part may be a view of a whole model, which is not to be kept for it. */
function onItsOwn(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}

/** The compression to use for an Accept-Encoding header: brotli before gzip, none if neither is taken. */
export function acceptedEncoding(header: string | undefined): Encoding | undefined {
  const refused = new Map<string, boolean>()
  for (const offer of (header ?? '').toLowerCase().split(',')) {
    const [name, ...parameters] = offer.split(';').map((token) => token.trim())
    refused.set(
      name!,
      parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter)),
    )
  }
  const accepts = (name: Encoding) => (refused.get(name) ?? refused.get('*')) === false
  return accepts('br') ? 'br' : accepts('gzip') ? 'gzip' : undefined
}
