import { readFileSync, writeFileSync } from 'node:fs'
import type { Transcript } from './transcript.js'

const FILE = new URL('./transcript.json', import.meta.url)

/** The transcript as it was frozen. */
export function frozenTranscript(): Transcript {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}

export function freezeTranscript(transcript: Transcript): void {
  writeFileSync(FILE, `${JSON.stringify(transcript, null, 2)}\n`)
}
