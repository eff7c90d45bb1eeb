import { type Json, sha256Hex } from '@tacit/shared/bytes'
import { TacitError } from '@tacit/shared/errors'
import {
  checkPart,
  decodeModel,
  type Manifest,
  type Part,
  parseManifest,
  type Tensors,
} from '@tacit/shared/model'
import { type Catalogue, parseCatalogue } from './catalogue.js'
import { Downloader, type DownloaderOptions } from './download.js'
import { MemoryPartCache, type PartCache } from './part-cache.js'

export interface FetchedModel {
  readonly manifest: Manifest
  readonly tensors: Tensors
}

export interface ModelSourceOptions extends DownloaderOptions {
  /** The coordinator's address; only its origin counts. */
  readonly url: string
  readonly cache?: PartCache
  readonly maxModelBytes?: number
  readonly maxCatalogueBytes?: number
}

/** Where a manifest may lie: nothing else of the coordinator's origin is fetched at its word. */
const MANIFEST_PATH = /^\/v1\/tasks\/[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}\/model$/
const MANIFEST_BYTES = 2 * 1024 * 1024
const PARALLEL_PARTS = 4
/** Decoded models kept: the one in use, and the one before it for those who are late. */
const MODELS_KEPT = 2

/**
 * Fetches models and catalogues of one coordinator, and hands out nothing whose hash is wrong. May be
 * shared by every device of a process: what many ask for at once is fetched once.
 */
export class ModelSource {
  readonly #origin: string
  readonly #download: Downloader
  readonly #cache: PartCache
  readonly #maxModelBytes: number
  readonly #maxCatalogueBytes: number
  /** By hash. */
  readonly #models = new Map<string, Promise<FetchedModel>>()
  readonly #catalogues = new Map<string, Promise<Catalogue>>()

  constructor(options: ModelSourceOptions) {
    const { url, cache, maxModelBytes = 256 * 1024 * 1024, maxCatalogueBytes = 32 * 1024 * 1024 } = options
    this.#origin = new URL(url).origin
    this.#download = new Downloader(options)
    this.#cache = cache ?? new MemoryPartCache()
    this.#maxModelBytes = maxModelBytes
    this.#maxCatalogueBytes = maxCatalogueBytes
  }

  /**
   * The model with this hash, whose manifest lies at `path` on the coordinator.
   * @throws TACIT_MODEL_HASH when another model lies there, TACIT_MODEL_INVALID, TACIT_MODEL_UNAVAILABLE
   */
  model(path: string, hash: string): Promise<FetchedModel> {
    return once(this.#models, hash, MODELS_KEPT, async () => {
      const manifest = await this.#manifest(path)
      if (manifest.hash !== hash) {
        throw new TacitError('TACIT_MODEL_HASH', { part: 'manifest', expected: hash, actual: manifest.hash })
      }
      return this.#decode(manifest)
    })
  }

  /** The task's newest model. @throws as {@link model} */
  async newest(task: string): Promise<FetchedModel> {
    const manifest = await this.#manifest(`/v1/tasks/${task}/model`)
    return once(this.#models, manifest.hash, MODELS_KEPT, () => this.#decode(manifest))
  }

  /** @throws TACIT_MODEL_HASH, TACIT_MODEL_INVALID, TACIT_MODEL_UNAVAILABLE */
  catalogue(hash: string): Promise<Catalogue> {
    return once(this.#catalogues, hash, 1, async () => {
      const bytes = await this.#download.get(this.#partAddress(hash), this.#maxCatalogueBytes)
      const catalogue = parseCatalogue(bytes)
      if (catalogue.hash === hash) return catalogue
      throw new TacitError('TACIT_MODEL_HASH', { part: 'catalogue', expected: hash, actual: catalogue.hash })
    })
  }

  async #manifest(path: string): Promise<Manifest> {
    if (!MANIFEST_PATH.test(path)) {
      throw new TacitError('TACIT_MODEL_UNAVAILABLE', { problem: `${path} is not a place of manifests` })
    }
    const bytes = await this.#download.get(this.#origin + path, MANIFEST_BYTES)
    let json: Json
    try {
      json = JSON.parse(new TextDecoder().decode(bytes))
    } catch {
      throw new TacitError('TACIT_MODEL_INVALID', { problem: 'the manifest is not JSON' })
    }
    return parseManifest(json)
  }

  async #decode(manifest: Manifest): Promise<FetchedModel> {
    const bytes = manifest.parts.reduce((sum, part) => sum + part.bytes, 0)
    if (bytes > this.#maxModelBytes) {
      throw new TacitError('TACIT_MODEL_UNAVAILABLE', {
        problem: `it has ${bytes} bytes, more than the ${this.#maxModelBytes} this device takes`,
      })
    }
    const parts = await this.#parts(manifest.parts)
    return { manifest, tensors: decodeModel(manifest, parts) }
  }

  /** The first failure ends the others: nobody wants half a model. */
  async #parts(listed: readonly Part[]): Promise<Map<string, Uint8Array>> {
    const parts = new Map<string, Uint8Array>()
    const queue = listed.values()
    const failed = new AbortController()
    const worker = async () => {
      for (const part of queue) parts.set(part.hash, await this.#part(part, failed.signal))
    }
    try {
      await Promise.all(Array.from({ length: PARALLEL_PARTS }, worker))
    } finally {
      failed.abort()
    }
    return parts
  }

  async #part(part: Part, cancelled: AbortSignal): Promise<Uint8Array> {
    cancelled.throwIfAborted()
    const cached = await this.#cache.get(part.hash)
    if (cached && sha256Hex(cached) === part.hash) return cached
    const bytes = await this.#download.get(this.#partAddress(part.hash), part.bytes, cancelled)
    checkPart(part, bytes)
    this.#cache.put(part.hash, bytes)
    return bytes
  }

  #partAddress(hash: string): string {
    return `${this.#origin}/v1/parts/${hash}`
  }
}

/** Answers what is known or under way under this hash, else asks. A failure is forgotten. */
function once<T>(
  known: Map<string, Promise<T>>,
  hash: string,
  kept: number,
  ask: () => Promise<T>,
): Promise<T> {
  const found = known.get(hash)
  if (found) return found
  const asked = ask()
  known.set(hash, asked)
  asked.catch(() => known.get(hash) === asked && known.delete(hash))
  for (const oldest of known.keys()) {
    if (known.size <= kept) break
    known.delete(oldest)
  }
  return asked
}
