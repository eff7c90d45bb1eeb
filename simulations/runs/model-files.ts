import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type EncodedModel, type Manifest, parseManifest } from '@tacit/shared/model'
import { makeFolder, readJson, remove, writeJson, writeWhole } from './files.js'

/** Which model of a run. */
export type KeptModel = 'best' | 'last'

/**
 * Writes a run's models: `best/manifest.json` and `last/manifest.json`, and the parts of both by their hashes in
 * `parts/`. Parts of models that were there before, and are in neither, go.
 */
export function writeModels(dir: string, models: Readonly<Partial<Record<KeptModel, EncodedModel>>>): void {
  const parts = join(dir, 'parts')
  makeFolder(parts)
  const needed = new Set<string>()
  for (const [name, { manifest, parts: bytesOf }] of Object.entries(models)) {
    for (const { hash } of manifest.parts) {
      needed.add(hash)
      if (!existsSync(join(parts, hash))) writeWhole(join(parts, hash), bytesOf.get(hash)!)
    }
    makeFolder(join(dir, name))
    writeJson(join(dir, name, 'manifest.json'), manifest)
  }
  for (const part of readdirSync(parts)) if (!needed.has(part)) remove(join(parts, part))
}

/** @throws TACIT_MODEL_INVALID, TACIT_RUN_DAMAGED; undefined where the run has none */
export function readManifest(dir: string, model: KeptModel): Manifest | undefined {
  const document = readJson(join(dir, model, 'manifest.json'))
  return document === undefined ? undefined : parseManifest(document)
}
