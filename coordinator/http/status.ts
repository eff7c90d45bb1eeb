import type { ServerResponse } from 'node:http'
import { TacitError } from '@tacit/shared/errors'
import type { FastifyInstance } from 'fastify'
import type { Timers } from '../gateway/timers.js'
import { Broadcast, type BroadcastLimits, type EventSink } from './broadcast.js'
import type { StatusSource } from './status-source.js'

/** Of a history, the newest: more than the page's curve can show. */
const MOST_POINTS = 1000

export interface StatusRoutesOptions {
  readonly status: StatusSource
  readonly timers: Timers
  readonly limits: BroadcastLimits
  /** Aborted once the coordinator is stopping: the event streams end. */
  readonly shutdown: AbortSignal
}

/** The state of the tasks: as a document, as a stream of documents, and what the rounds measured. */
export async function statusRoutes(app: FastifyInstance, options: StatusRoutesOptions): Promise<void> {
  const { status, timers, limits, shutdown } = options
  const broadcast = new Broadcast(
    () => JSON.stringify(status.current()),
    (listener) => status.subscribe(listener),
    timers,
    limits,
  )
  const endStreams = () => broadcast.close()
  shutdown.addEventListener('abort', endStreams, { once: true })
  app.addHook('preClose', async () => {
    shutdown.removeEventListener('abort', endStreams)
    endStreams()
  })

  app.get('/v1/status', (_, reply) => reply.header('cache-control', 'no-store').send(status.current()))

  app.get<{ Params: { task: string } }>('/v1/tasks/:task/history', async (request, reply) => {
    const { task } = request.params
    const known = status.current().tasks.some(({ name }) => name === task)
    if (!known) throw new TacitError('TACIT_TASK_UNKNOWN', { task })
    return reply.header('cache-control', 'no-store').send(status.history(task).slice(-MOST_POINTS))
  })

  app.get('/v1/events', { exposeHeadRoute: false }, (_, reply) => {
    if (shutdown.aborted) throw new TacitError('TACIT_SHUTTING_DOWN')
    if (broadcast.isFull) throw new TacitError('TACIT_TOO_MANY_DEVICES')
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    const sink = sinkOf(response)
    response.on('close', () => broadcast.remove(sink))
    response.on('error', () => broadcast.remove(sink))
    broadcast.add(sink)
  })
}

/** A reader that is too slow to take even the end of its stream is cut off. */
function sinkOf(response: ServerResponse): EventSink {
  return {
    get waitingBytes() {
      return response.writableLength
    },
    write: (text) => void response.write(text),
    end: () => (response.writableNeedDrain ? response.destroy() : response.end()),
  }
}
