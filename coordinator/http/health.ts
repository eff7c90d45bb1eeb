import { TacitError } from '@tacit/shared/errors'
import type { FastifyInstance } from 'fastify'
import type { Timers } from '../gateway/timers.js'

export interface HealthOptions {
  /** Resolves when the database answers. */
  readonly ping: () => Promise<void>
  /** Aborted once the coordinator is stopping. */
  readonly shutdown: AbortSignal
  readonly timers: Timers
  readonly readyDeadlineMs: number
}

/** `/healthz`: the process lives. `/readyz`: it can serve; 503 while the database is away or at the end. */
export async function healthRoutes(app: FastifyInstance, options: HealthOptions): Promise<void> {
  app.get('/healthz', (_, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))
  app.get('/readyz', async (_, reply) => {
    if (options.shutdown.aborted) throw new TacitError('TACIT_SHUTTING_DOWN')
    await answersInTime(options)
    return reply.header('cache-control', 'no-store').send({ status: 'ready' })
  })
}

function answersInTime({ ping, timers, readyDeadlineMs }: HealthOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const deadline = timers.set(readyDeadlineMs, () => {
      reject(new TacitError('TACIT_DATABASE_UNAVAILABLE', { problem: `silent for ${readyDeadlineMs} ms` }))
    })
    ping()
      .then(resolve, reject)
      .finally(() => deadline.cancel())
  })
}
