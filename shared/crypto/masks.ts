import { accumulator, BLOCK_BYTES, BLOCK_WORDS } from './accumulator.js'
import { requireKey } from './check.js'
import type { Mask } from './suite.js'
import type { Turns } from './turns.js'

/** A mask's stream: the next bytes of it, as many as asked. */
export type Keystream = (bytes: number) => Uint8Array

/** Streams that are open at once: they share the turn of a block, and each holds a cipher's state. */
const OPEN = 64

/** Where streams come from, and how long 64 KiB of one take with adding, in microseconds. */
export interface StreamSource {
  readonly open: (key: Uint8Array) => Keystream
  readonly blockWork: number
}

/** @throws TACIT_KEY_INVALID unless all keys have 32 bytes; nothing is added then */
export function requireMasks(masks: readonly Mask[]): void {
  for (const { key } of masks) requireKey(key)
}

/**
 * Adds the streams of all masks, synchronously but for the turns. Block by block, all streams of a block before
 * the next one, so that the block stays in the cache.
 */
export async function addStreams(
  masks: readonly Mask[],
  into: Uint32Array,
  { open, blockWork }: StreamSource,
  turns: Turns,
): Promise<void> {
  requireMasks(masks)
  for (let first = 0; first < masks.length; first += OPEN) {
    const streams = masks.slice(first, first + OPEN).map(({ key, sign }) => ({ sign, next: open(key) }))
    for (const block of blocksOf(into)) {
      const wait = turns.take((streams.length * blockWork * block.byteLength) / BLOCK_BYTES)
      if (wait) await wait
      addToBlock(streams, block)
    }
  }
  accumulator().wipe()
}

function addToBlock(streams: readonly { sign: 1 | -1; next: Keystream }[], block: Uint32Array): void {
  const sum = accumulator()
  sum.begin(block)
  for (const { next, sign } of streams) sum.add(next(block.byteLength), sign)
  sum.end()
}

/** Views of at most 64 KiB each. */
export function* blocksOf(words: Uint32Array): Generator<Uint32Array> {
  for (let at = 0; at < words.length; at += BLOCK_WORDS) yield words.subarray(at, at + BLOCK_WORDS)
}
