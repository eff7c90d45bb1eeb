import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the package that this file belongs to, built or not. */
export function tacitVersion(): string {
  const file = upwards('package.json')!
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

/** The nearest file of a name, from the folder of this file up. */
export function upwards(name: string): string | undefined {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, name))) return join(dir, name)
    if (dirname(dir) === dir) return undefined
  }
}
