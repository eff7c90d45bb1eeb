import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { systemTimers, type Timers } from '../gateway/timers.js'
import type { BroadcastLimits } from './broadcast.js'
import { answerError, errorRoutes } from './errors.js'
import { healthRoutes } from './health.js'
import { type ModelSource, modelRoutes } from './models.js'
import { pageRoute } from './page.js'
import { statusRoutes } from './status.js'
import type { StatusSource } from './status-source.js'

export interface AppLimits extends BroadcastLimits {
  /** Memory for parts and their compressed forms. */
  readonly partCacheBytes: number
  /** For the database's answer to `/readyz`. */
  readonly readyDeadlineMs: number
  /** For a request to arrive whole. */
  readonly requestDeadlineMs: number
  /** Silence after which a connection that is no WebSocket is closed. */
  readonly idleDeadlineMs: number
}

export const APP_LIMITS: AppLimits = {
  maxSinks: 64,
  intervalMs: 250,
  heartbeatMs: 15_000,
  maxWaitingBytes: 256 * 1024,
  partCacheBytes: 64 * 1024 * 1024,
  readyDeadlineMs: 2_000,
  requestDeadlineMs: 10_000,
  idleDeadlineMs: 60_000,
}

export interface AppOptions {
  readonly store: ModelSource & { ping(): Promise<void> }
  readonly status: StatusSource
  readonly logger: FastifyBaseLogger
  /** Aborted once the coordinator is stopping: `/readyz` says so and event streams end. */
  readonly shutdown?: AbortSignal
  readonly timers?: Timers
  readonly limits?: Partial<AppLimits>
}

/**
 * Everything the coordinator serves over HTTP, one plugin a concern; the WebSocket gateway takes the
 * upgrades of its server. Requests are not logged: who asked for which model is nobody's business.
 */
export function buildApp(options: AppOptions): FastifyInstance {
  const { store, status, logger, timers = systemTimers } = options
  const shutdown = options.shutdown ?? new AbortController().signal
  const limits = { ...APP_LIMITS, ...options.limits }
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    frameworkErrors: answerError,
    requestTimeout: limits.requestDeadlineMs,
    connectionTimeout: limits.idleDeadlineMs,
    keepAliveTimeout: limits.idleDeadlineMs,
    bodyLimit: 1024,
  })
  app.addHook('onSend', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff')
  })
  errorRoutes(app)
  app.register(healthRoutes, {
    ping: () => store.ping(),
    shutdown,
    timers,
    readyDeadlineMs: limits.readyDeadlineMs,
  })
  app.register(modelRoutes, {
    models: store,
    isTask: (name) => status.current().tasks.some((task) => task.name === name),
    cacheBytes: limits.partCacheBytes,
  })
  app.register(statusRoutes, { status, timers, limits, shutdown })
  app.register(pageRoute)
  return app
}
