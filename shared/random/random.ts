import { kernels, type Rounding, threefry2x32 } from '../kernels/index.js'

/**
 * A source of 32-bit words, asked for by coordinate so that walking a vector sparsely or densely draws
 * the same word for the same coordinate.
 */
interface RandomSource {
  /**
   * A word in [0, 2^32) for an index in [0, 2^32). A seeded source answers the same index alike; a secure
   * one answers afresh.
   */
  word(index: number): number
  /**
   * The words of the coordinates starts[r] .. starts[r] + width - 1 for every r, row after row, into the start
   * of `out`.
   */
  fill(starts: Uint32Array, width: number, out: Uint32Array): void
  /**
   * Adds values to sums, rounded at random: see `addRounded` of the kernels. The draw of a coordinate, or of a row and a
   * column, is its own, as that of a word is, and none of the words.
   */
  addRounded(rounding: Rounding, into: Uint32Array): void
  /**
   * A source for a second attempt at the same coordinates, independent of this one. A seeded one's depends on its
   * own seed alone, and has a next one in turn; a secure one, which never answers alike, answers itself.
   */
  again(): RandomSource
  /** In the same way, a source for draws to which the word of their coordinate does not suffice. */
  spare(): RandomSource
}

/** Names what a seeded draw is for, so that no two uses ever share a stream. */
export type Purpose =
  | 'availability'
  | 'bandwidth'
  | 'catalogue'
  | 'cohort'
  | 'coin'
  | 'dropout'
  | 'evaluation'
  | 'history'
  | 'initialise'
  | 'latency'
  | 'negatives'
  | 'noise'
  | 'region'
  | 'rotation'
  | 'rounding'
  | 'round-id'
  | 'secrets'
  | 'speed'
  | 'training'
  | 'training-time'

/** Where in a run a stream of draws belongs. Round and device are integers in [0, 2^32). */
export interface SeedCoordinates {
  /** An integer in [0, 2^53). */
  readonly seed: number
  readonly round?: number
  readonly device?: number
  readonly purpose: Purpose
}

/** Reproducible draws for simulations and model initialisation. Protects nobody: see {@link SecureRandom}. */
export class SeededRandom implements RandomSource {
  readonly origin = 'seeded' as const
  #k0: number
  #k1: number
  /** The block of the words that were asked for last, one by one. */
  #block: Int32Array | undefined
  #cached = -1

  constructor(at: SeedCoordinates) {
    threefry2x32(at.seed >>> 0, Math.floor(at.seed / 2 ** 32), at.round ?? 0, at.device ?? 0, newKey)
    threefry2x32(newKey[0]!, newKey[1]!, hashOf(at.purpose), 1, newKey)
    this.#k0 = newKey[0]!
    this.#k1 = newKey[1]!
  }

  word(index: number): number {
    const counter = index >>> 1
    this.#block ??= new Int32Array(2)
    if (counter !== this.#cached) {
      threefry2x32(this.#k0, this.#k1, counter, 0, this.#block)
      this.#cached = counter
    }
    return this.#block[index & 1]! >>> 0
  }

  fill(starts: Uint32Array, width: number, out: Uint32Array): void {
    kernels().drawWords(this.#k0, this.#k1, starts, width, out)
  }

  addRounded(rounding: Rounding, into: Uint32Array): void {
    kernels().addRounded(rounding, { k0: this.#k0, k1: this.#k1 }, into)
  }

  again(): SeededRandom {
    return this.#branch(AGAIN)
  }

  spare(): SeededRandom {
    return this.#branch(SPARE)
  }

  /** Counters of streams have an upper word of zero, so a branch's key is none of their blocks. */
  #branch(branch: number): SeededRandom {
    const random = new SeededRandom(ANYWHERE)
    threefry2x32(this.#k0, this.#k1, branch, 1, newKey)
    random.#k0 = newKey[0]!
    random.#k1 = newKey[1]!
    return random
  }
}

/** A key on its way into a source: these are made by the thousand. */
const newKey = new Int32Array(2)
const AGAIN = 1
const SPARE = 2
/** A branch has its key from its parent, not from here. */
const ANYWHERE: SeedCoordinates = { seed: 0, purpose: 'noise' }

/** What the platform answers at once: 65,536 bytes. */
const MOST_BYTES = 65_536
const MOST_WORDS = 16_384

/** Words from the platform's cryptographic generator, buffered. The only source that protects anyone. */
export class SecureRandom implements RandomSource {
  readonly origin = 'secure' as const
  readonly #buffer = new Uint32Array(1024)
  #used = this.#buffer.length

  word(_index = 0): number {
    if (this.#used === this.#buffer.length) {
      platformCrypto().getRandomValues(this.#buffer)
      this.#used = 0
    }
    const word = this.#buffer[this.#used]!
    // A word is handed out once and never lies about to be read again.
    this.#buffer[this.#used++] = 0
    return word
  }

  fill(starts: Uint32Array, width: number, out: Uint32Array): void {
    const count = starts.length * width
    if (count < this.#buffer.length) for (let i = 0; i < count; i++) out[i] = this.word()
    else fillFromPlatform(out.subarray(0, count))
  }

  addRounded(rounding: Rounding, into: Uint32Array): void {
    const { values, starts, width, crossed = false } = rounding
    const draws = new Uint8Array(crossed ? width + starts.length : values.length)
    for (let from = 0; from < draws.length; from += MOST_BYTES) {
      platformCrypto().getRandomValues(draws.subarray(from, from + MOST_BYTES))
    }
    kernels().addRounded(rounding, draws, into)
    draws.fill(0)
  }

  again(): this {
    return this
  }

  spare(): this {
    return this
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    return platformCrypto().getRandomValues(new Uint8Array(length))
  }
}

export type Random = SeededRandom | SecureRandom

/**
 * Keys and seeds for simulations, which are to end alike for the same seed down to who is lost. Protects nobody.
 */
export class SimulatedSecrets {
  readonly origin = 'simulated' as const
  readonly #random: SeededRandom
  #next = 0

  constructor(at: Omit<SeedCoordinates, 'purpose'>) {
    this.#random = new SeededRandom({ ...at, purpose: 'secrets' })
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => this.#random.word(this.#next++))
    return new Uint8Array(words.buffer).slice(0, length)
  }
}

/** Where secrets come from: the platform's cryptographic generator, but in simulations. */
export type SecretSource = SecureRandom | SimulatedSecrets

interface PlatformCrypto {
  getRandomValues<T extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(array: T): T
}

function platformCrypto(): PlatformCrypto {
  return (globalThis as unknown as { crypto: PlatformCrypto }).crypto
}

/** By way of an array of its own, for the platform refuses shared memory. */
function fillFromPlatform(out: Uint32Array): void {
  const block = new Uint32Array(Math.min(out.length, MOST_WORDS))
  for (let from = 0; from < out.length; from += MOST_WORDS) {
    const words = block.subarray(0, out.length - from)
    out.set(platformCrypto().getRandomValues(words), from)
  }
  block.fill(0)
}

/** Of the purposes that were named. */
const hashes = new Map<Purpose, number>()

function hashOf(purpose: Purpose): number {
  let hash = hashes.get(purpose)
  if (hash === undefined) {
    hash = labelHash(purpose)
    hashes.set(purpose, hash)
  }
  return hash
}

/** FNV-1a over the label's UTF-16 units. */
function labelHash(label: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
