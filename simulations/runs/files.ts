import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { TacitError } from '@tacit/shared/errors'

/** What is written, one after another. */
type Content = readonly Uint8Array[]

/**
 * Writes a file whole or not at all, whatever happens meanwhile: once this returns, it is on the disk.
 * @throws TACIT_RUN_UNWRITABLE
 */
export function writeWhole(file: string, ...content: Content): void {
  const draft = `${file}.new`
  written(file, () => {
    const descriptor = openSync(draft, 'w')
    try {
      for (const bytes of content) writeAll(descriptor, bytes)
      fsyncSync(descriptor)
    } finally {
      closeSync(descriptor)
    }
    renameSync(draft, file)
    syncFolder(dirname(file))
  })
}

export function writeJson(file: string, document: unknown): void {
  writeWhole(file, Buffer.from(`${JSON.stringify(document, null, 2)}\n`))
}

/** @throws TACIT_RUN_DAMAGED when it is there and no JSON; undefined when it is not there */
export function readJson(file: string): unknown {
  const text = readIfThere(file)?.toString()
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new TacitError('TACIT_RUN_DAMAGED', { file, problem: (error as Error).message })
  }
}

export function readIfThere(file: string): Buffer<ArrayBuffer> | undefined {
  try {
    return readFileSync(file)
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw new TacitError('TACIT_DATA_UNREADABLE', { file, problem: (error as Error).message })
  }
}

/** @throws TACIT_RUN_UNWRITABLE */
export function makeFolder(dir: string): void {
  written(dir, () => mkdirSync(dir, { recursive: true }))
}

export function remove(file: string): void {
  written(file, () => rmSync(file, { force: true }))
}

/** Writes may be cut short, so until all is written. */
export function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
}

/** A full disk, or a folder taken away, is not our failure. */
export function written<T>(file: string, write: () => T): T {
  try {
    return write()
  } catch (error) {
    throw new TacitError('TACIT_RUN_UNWRITABLE', { file, problem: (error as Error).message })
  }
}

/** A new name is on the disk once its folder is. Not every system lets folders be synchronised. */
function syncFolder(dir: string): void {
  let descriptor: number
  try {
    descriptor = openSync(dir, 'r')
  } catch {
    return
  }
  try {
    fsyncSync(descriptor)
  } catch {
    // The file itself is synchronised: it is only its name that a power cut might lose.
  } finally {
    closeSync(descriptor)
  }
}
