import { TacitError } from '@tacit/shared/errors'
import type { Manifest } from '@tacit/shared/model'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { acceptedEncoding, PartCache } from './part-cache.js'

/** Where published models are read from. */
export interface ModelSource {
  /** The newest manifest of a task. */
  manifest(task: string): Promise<Manifest | undefined>
  /** Bytes of a public part, or of a catalogue, by hash. */
  part(hash: string): Promise<Uint8Array | undefined>
}

export interface ModelRoutesOptions {
  readonly models: ModelSource
  readonly isTask: (name: string) => boolean
  /** Memory for parts and their compressed forms. */
  readonly cacheBytes: number
}

const HASH = /^[0-9a-f]{64}$/

/** What devices download: the newest manifest of a task, and parts by their hash. Public, for any origin. */
export async function modelRoutes(
  app: FastifyInstance,
  { models, isTask, cacheBytes }: ModelRoutesOptions,
): Promise<void> {
  const parts = new PartCache((hash) => models.part(hash), cacheBytes)
  const documents = new WeakMap<Manifest, string>()

  app.get<{ Params: { task: string } }>('/v1/tasks/:task/model', async (request, reply) => {
    const { task } = request.params
    openToAll(reply)
    // Names that anyone can make up do not reach the database.
    if (!isTask(task)) throw new TacitError('TACIT_TASK_UNKNOWN', { task })
    const manifest = await models.manifest(task)
    if (!manifest) throw new TacitError('TACIT_NO_MODEL', { task })
    reply.headers({ etag: `"${manifest.hash}"`, 'cache-control': 'no-cache' })
    if (knows(request, manifest.hash)) return reply.code(304).send()
    const document = documents.get(manifest) ?? JSON.stringify(manifest)
    documents.set(manifest, document)
    return reply.type('application/json; charset=utf-8').send(document)
  })

  app.get<{ Params: { hash: string } }>('/v1/parts/:hash', async (request, reply) => {
    const { hash } = request.params
    openToAll(reply)
    const part = HASH.test(hash)
      ? await parts.get(hash, acceptedEncoding(request.headers['accept-encoding']))
      : undefined
    if (!part) throw new TacitError('TACIT_PART_UNKNOWN', { hash: hash.slice(0, 64) })
    reply.headers({
      etag: `"${hash}${part.encoding ? `-${part.encoding}` : ''}"`,
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    })
    if (knows(request, hash)) return reply.code(304).send()
    if (part.encoding) reply.header('content-encoding', part.encoding)
    return reply.type('application/octet-stream').send(part.bytes)
  })
}

/** Devices are on the pages of storefronts, and what they read here is public. */
function openToAll(reply: FastifyReply): void {
  reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' })
}

/** Whether If-None-Match names this hash, in whatever encoding it was served. */
function knows(request: FastifyRequest, hash: string): boolean {
  const tags = (request.headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || new RegExp(`^(W/)?"${hash}(-br|-gzip)?"$`).test(tag))
}
