import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { flagError } from './flags.js'

/**
 * Writes a document to where a flag says, in folders that are made for it.
 * @throws TACIT_FLAG_INVALID where nothing can be written
 */
export function writeOutput(flag: string, file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
  } catch (error) {
    throw flagError(flag, `${file} cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}
