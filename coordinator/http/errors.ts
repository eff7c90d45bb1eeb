import { type ErrorCode, TacitError } from '@tacit/shared/errors'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Body of every answer that is an error. */
export interface ErrorBody {
  readonly code: ErrorCode
  readonly message: string
  readonly advice: string
}

/** Errors of our own, to be looked into; the others are answers like any. */
const FAILURES: ReadonlySet<ErrorCode> = new Set(['TACIT_INTERNAL', 'TACIT_DATABASE_UNAVAILABLE'])

/** Answers errors from the catalogue alone; what lies behind a failure of our own goes to the log only. */
export function errorRoutes(app: FastifyInstance): void {
  app.setErrorHandler(answerError)
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]!.slice(0, 200)
    return answer(reply, new TacitError('TACIT_NOT_FOUND', { path }))
  })
}

export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = ofCatalogue(error)
  if (FAILURES.has(known.code)) request.log.error({ err: error, path: request.url }, 'request failed')
  return answer(reply, known)
}

function answer(reply: FastifyReply, { code, message, advice, status }: TacitError): FastifyReply {
  const body: ErrorBody = { code, message, advice }
  return reply.code(status).header('cache-control', 'no-store').send(body)
}

function ofCatalogue(error: unknown): TacitError {
  if (error instanceof TacitError) {
    // The database's own words may tell addresses and names.
    return error.code === 'TACIT_DATABASE_UNAVAILABLE'
      ? new TacitError(error.code, { problem: 'see the log of the coordinator' })
      : error
  }
  const { statusCode, message } = error as Partial<FastifyError>
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new TacitError('TACIT_MESSAGE_INVALID', { problem: message ?? 'bad request' })
  }
  return new TacitError('TACIT_INTERNAL')
}
