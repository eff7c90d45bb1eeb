import { closeSync, openSync, readSync } from 'node:fs'
import { malformed, unreadable } from './failures.js'

const CHUNK_BYTES = 4 * 1024 * 1024
const HEAD_BYTES = 64 * 1024
const NEWLINE = 0x0a
const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf)

/**
 * Calls `onLine` with each line and its number, from 1, without its end (LF or CRLF), without a leading
 * byte order mark and without blank lines at the end. UTF-8, or Latin-1 where it is not valid UTF-8.
 * The file is decoded piece by piece: one string of it all could exceed the engine's limit.
 * @throws TacitError TACIT_DATA_UNREADABLE; TACIT_DATA_MALFORMED for a blank line before the end
 */
export function forEachLine(file: string, onLine: (line: string, number: number) => void): void {
  let number = 0
  let blank = 0
  const emit = (raw: string) => {
    number++
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line === '') {
      blank ||= number
      return
    }
    if (blank > 0) throw malformed(file, blank, 1, 'a blank line; they may stand at the end only')
    onLine(line, number)
  }
  const decoder = new ForgivingDecoder()
  withFile(file, (read) => {
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const bytes = read(CHUNK_BYTES)
      const last = bytes.length === 0
      const data = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      const end = last ? data.length : data.lastIndexOf(NEWLINE) + 1
      const text = decoder.decode(data.subarray(0, end))
      rest = data.subarray(end)
      let start = 0
      for (;;) {
        const stop = text.indexOf('\n', start)
        if (stop < 0) break
        emit(text.slice(start, stop))
        start = stop + 1
      }
      if (start < text.length) emit(text.slice(start))
      if (last) return
    }
  })
}

/**
 * The first whole lines of a file (64 KiB at most), blank ones left out, to tell its format by;
 * undefined where it is not text.
 * @throws TacitError TACIT_DATA_UNREADABLE
 */
export function headLines(file: string): string[] | undefined {
  return withFile(file, (read) => {
    const bytes = read(HEAD_BYTES)
    if (bytes.includes(0)) return undefined
    // The last line may be cut, in mid-character even.
    const end = bytes.length < HEAD_BYTES ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1 || bytes.length
    const text = new ForgivingDecoder().decode(bytes.subarray(0, end))
    return text.split(/\r?\n/).filter((line) => line !== '')
  })
}

/** UTF-8 until a piece proves not to be, Latin-1 from then on. Drops a byte order mark at the start. */
class ForgivingDecoder {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #latin1 = false
  #first = true

  decode(bytes: Buffer): string {
    const marked = this.#first && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)
    this.#first = false
    const content = marked ? bytes.subarray(3) : bytes
    if (!this.#latin1) {
      try {
        return this.#utf8.decode(content)
      } catch {
        this.#latin1 = true
      }
    }
    return content.toString('latin1')
  }
}

function withFile<T>(file: string, use: (read: (limit: number) => Buffer) => T): T {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (cause) {
    throw unreadable(file, cause)
  }
  try {
    return use((limit) => {
      // A read may return fewer bytes than the file still holds.
      const buffer = Buffer.allocUnsafe(limit)
      let filled = 0
      while (filled < limit) {
        const count = readOnce(file, descriptor, buffer, filled)
        if (count === 0) break
        filled += count
      }
      return buffer.subarray(0, filled)
    })
  } finally {
    closeSync(descriptor)
  }
}

function readOnce(file: string, descriptor: number, buffer: Buffer, offset: number): number {
  try {
    return readSync(descriptor, buffer, offset, buffer.length - offset, null)
  } catch (cause) {
    throw unreadable(file, cause)
  }
}
