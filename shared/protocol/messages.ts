import * as z from 'zod/mini'
import type { Json } from '../bytes/index.js'
import { TacitError } from '../errors/index.js'
import { MAX_CHUNK_BYTES } from './frames.js'
import { hashSchema, nameSchema, PROTOCOL_VERSION, planSchema, roundIdSchema } from './plan.js'

const count = z.int().check(z.gte(0), z.lte(2 ** 31 - 1))
const text = z.string().check(z.maxLength(500))
const code = z.string().check(z.regex(/^TACIT_[A-Z_]{1,60}$/))
const step = z.string().check(z.regex(/^[a-z][a-z0-9-]{0,31}$/))
const body: z.ZodMiniType<Json> = z.json()

const hello = z.strictObject({
  type: z.literal('hello'),
  protocol: count,
  task: nameSchema,
  device: nameSchema,
  /** Token of an earlier welcome, to go on in the round it was part of. */
  resume: z.optional(roundIdSchema),
})
const join = z.strictObject({ type: z.literal('join'), roundId: roundIdSchema })
/** The device will not take part, or no longer; `code` says why. */
const leave = z.strictObject({ type: z.literal('leave'), roundId: roundIdSchema, code })
/** A message of the secure sum's device to its coordinator; the round engine does not read it. */
const sumUp = z.strictObject({ type: z.literal('sum'), roundId: roundIdSchema, step, body })
/** The vector is ready to be sent; frames follow once it is granted. */
const upload = z.strictObject({ type: z.literal('upload'), roundId: roundIdSchema, bytes: count })

const welcome = z.strictObject({
  type: z.literal('welcome'),
  protocol: count,
  resume: roundIdSchema,
  /** Whether the device's place in a running round was found again. */
  resumed: z.boolean(),
  heartbeatMs: count,
})
/** Nothing to do now; come back after this time. */
const later = z.strictObject({ type: z.literal('later'), afterMs: count })
const invite = z.strictObject({ type: z.literal('invite'), plan: planSchema })
/** The cohort is frozen: the secure sum starts and the device trains. `manifest` is a path for HTTP. */
const begin = z.strictObject({
  type: z.literal('begin'),
  roundId: roundIdSchema,
  manifest: text,
})
const sumDown = z.strictObject({ type: z.literal('sum'), roundId: roundIdSchema, step, body })
/** The device may send its vector now, from the beginning, in frames of at most `chunkBytes` payload. */
const grant = z.strictObject({
  type: z.literal('grant'),
  roundId: roundIdSchema,
  chunkBytes: z.int().check(z.gte(1), z.lte(MAX_CHUNK_BYTES)),
})
/** The vector arrived whole. */
const received = z.strictObject({ type: z.literal('received'), roundId: roundIdSchema })
/** The round is over for this device. */
const done = z.strictObject({
  type: z.literal('done'),
  roundId: roundIdSchema,
  outcome: z.enum(['released', 'aborted', 'left']),
  reason: z.optional(text),
  /** Devices whose vectors are in the release, and the model it made. */
  survivors: z.optional(count),
  modelHash: z.optional(hashSchema),
})
const error = z.strictObject({ type: z.literal('error'), code, message: text })

export const deviceMessageSchema = z.discriminatedUnion('type', [hello, join, leave, sumUp, upload])
export const coordinatorMessageSchema = z.discriminatedUnion('type', [
  welcome,
  later,
  invite,
  begin,
  sumDown,
  grant,
  received,
  done,
  error,
])

/** What a device says. */
export type DeviceMessage = z.infer<typeof deviceMessageSchema>
/** What the coordinator says. */
export type CoordinatorMessage = z.infer<typeof coordinatorMessageSchema>

/** @throws TACIT_MESSAGE_INVALID, TACIT_PROTOCOL_VERSION */
export function parseDeviceMessage(text: string): DeviceMessage {
  const message = parse(deviceMessageSchema, text)
  if (message.type === 'hello') checkVersion(message.protocol)
  return message
}

/** @throws TACIT_MESSAGE_INVALID, TACIT_PROTOCOL_VERSION */
export function parseCoordinatorMessage(text: string): CoordinatorMessage {
  const message = parse(coordinatorMessageSchema, text)
  if (message.type === 'welcome') checkVersion(message.protocol)
  return message
}

export function serialise(message: DeviceMessage | CoordinatorMessage): string {
  return JSON.stringify(message)
}

function checkVersion(actual: number): void {
  if (actual !== PROTOCOL_VERSION) {
    throw new TacitError('TACIT_PROTOCOL_VERSION', { actual, expected: PROTOCOL_VERSION })
  }
}

/**
 * Levels of arrays and objects in a message, itself one of them. The body of a step is arbitrary JSON, and
 * reading it recurses: without a bound a few kilobytes of brackets would overflow the stack.
 */
const MAX_DEPTH = 16

function isDeeperThan(levels: number, value: Json | undefined): boolean {
  if (value === null || typeof value !== 'object') return false
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member))
}

function parse<T>(schema: z.ZodMiniType<T>, text: string): T {
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    throw new TacitError('TACIT_MESSAGE_INVALID', { problem: 'it is not JSON' })
  }
  if (isDeeperThan(MAX_DEPTH, value)) {
    throw new TacitError('TACIT_MESSAGE_INVALID', { problem: `it is nested more than ${MAX_DEPTH} deep` })
  }
  const result = z.safeParse(schema, value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const where = issue && issue.path.length > 0 ? issue.path.join('.') : 'message'
  throw new TacitError('TACIT_MESSAGE_INVALID', { problem: `${where}: ${issue?.code ?? 'invalid'}` })
}
