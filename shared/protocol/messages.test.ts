import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CoordinatorMessage,
  type DeviceMessage,
  parseCoordinatorMessage,
  parseDeviceMessage,
  serialise,
} from './messages.js'
import { PROTOCOL_VERSION, type RoundPlan } from './plan.js'

type Message = DeviceMessage | CoordinatorMessage

const invalid = expect.objectContaining({ code: 'TACIT_MESSAGE_INVALID' })

const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits })
const roundId = hex(32)
const hash = hex(64)
const count = fc.integer({ min: 0, max: 2 ** 31 - 1 })
const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}$/)
const code = fc.stringMatching(/^TACIT_[A-Z_]{1,60}$/)
const step = fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/)
const text = fc.string({ maxLength: 500 })
const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true })
// What JSON can carry: no -0, and no member that an object would take for its prototype.
const body = fc
  .jsonValue({ maxDepth: 5 })
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
  .map((value) => JSON.parse(JSON.stringify(value)))

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => value + 0)
const masking = fc.record({
  coordinator: fc.constantFrom('curious' as const, 'equivocating' as const),
  adversarial: share,
  dropout: share,
  identity: fc.constantFrom('certified' as const, 'anonymous' as const),
})

const plan: fc.Arbitrary<RoundPlan> = fc.record({
  task: name,
  round: count,
  roundId,
  model: fc.record({
    name,
    settings: fc.dictionary(fc.stringMatching(/^[a-z]{1,64}$/), positive),
    population: count,
    share: fc.double({ min: 1e-9, max: 1, noNaN: true }),
    hash,
  }),
  catalogue: fc.record({ hash, items: count }),
  block: fc.record({ from: count, to: count }),
  layout: fc.array(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 64 }),
      shape: fc.array(count, { minLength: 1, maxLength: 2 }),
      range: positive,
      clip: positive,
      weight: positive,
    }),
    { minLength: 1, maxLength: 5 },
  ),
  quantisationBits: fc.integer({ min: 2, max: 31 }),
  modulusBits: fc.integer({ min: 2, max: 32 }),
  secureSum: name,
  masking: fc.option(masking, { nil: undefined }),
  largestGroup: count,
  minimumCohort: count,
})

const sum = fc.record({ type: fc.constant('sum' as const), roundId, step, body })

const deviceMessages: Record<DeviceMessage['type'], fc.Arbitrary<DeviceMessage>> = {
  hello: fc.record(
    {
      type: fc.constant('hello'),
      protocol: fc.constant(PROTOCOL_VERSION),
      task: name,
      device: name,
      resume: roundId,
    },
    { requiredKeys: ['type', 'protocol', 'task', 'device'] },
  ),
  join: fc.record({ type: fc.constant('join'), roundId }),
  leave: fc.record({ type: fc.constant('leave'), roundId, code }),
  sum,
  upload: fc.record({ type: fc.constant('upload'), roundId, bytes: count }),
}

const coordinatorMessages: Record<CoordinatorMessage['type'], fc.Arbitrary<CoordinatorMessage>> = {
  welcome: fc.record({
    type: fc.constant('welcome'),
    protocol: fc.constant(PROTOCOL_VERSION),
    resume: roundId,
    resumed: fc.boolean(),
    heartbeatMs: count,
  }),
  later: fc.record({ type: fc.constant('later'), afterMs: count }),
  invite: fc.record({ type: fc.constant('invite'), plan }),
  begin: fc.record({
    type: fc.constant('begin'),
    roundId,
    manifest: text,
  }),
  sum,
  grant: fc.record({ type: fc.constant('grant'), roundId, chunkBytes: fc.integer({ min: 1, max: 262_144 }) }),
  received: fc.record({ type: fc.constant('received'), roundId }),
  done: fc.record(
    {
      type: fc.constant('done'),
      roundId,
      outcome: fc.constantFrom('released' as const, 'aborted' as const, 'left' as const),
      reason: text,
      survivors: count,
      modelHash: hash,
    },
    { requiredKeys: ['type', 'roundId', 'outcome'] },
  ),
  error: fc.record({ type: fc.constant('error'), code, message: text }),
}

interface Side {
  readonly side: string
  readonly type: string
  readonly message: fc.Arbitrary<Message>
  readonly parse: (text: string) => Message
}

const sides: Side[] = [
  ...Object.entries(deviceMessages).map(([type, message]) => ({
    side: 'device',
    type,
    message,
    parse: parseDeviceMessage,
  })),
  ...Object.entries(coordinatorMessages).map(([type, message]) => ({
    side: 'coordinator',
    type,
    message,
    parse: parseCoordinatorMessage,
  })),
]

/** Every message with each value in it replaced, one at a time, by each of the values that cannot stand there. */
function* spoilt(value: unknown, path: string): Generator<unknown> {
  yield* wrongFor(value, path)
  if (value === null || typeof value !== 'object' || path.endsWith('.body')) return
  for (const [key, member] of Object.entries(value)) {
    for (const wrong of spoilt(member, `${path}.${key}`)) {
      if (Array.isArray(value)) yield value.with(Number(key), wrong)
      else yield { ...value, [key]: wrong }
    }
  }
  if (!Array.isArray(value) && !path.endsWith('.settings')) yield { ...value, unknownKey: 1 }
}

const REAL = /\.(share|range|clip|weight|adversarial|dropout|settings\.\w+)$/

function wrongFor(value: unknown, path: string): unknown[] {
  if (path.endsWith('.body')) return []
  if (Array.isArray(value)) return [null, 'x', 1, {}, Array(1000).fill(value[0])]
  if (value === null || typeof value === 'object') return [null, 'x', 1, true, []]
  if (typeof value === 'number') {
    return [null, '1', true, [], {}, ...(REAL.test(path) ? [] : [-1, 0.5, 2 ** 31, 1e300])]
  }
  if (typeof value === 'string') return [null, 1, true, [], {}, 'x'.repeat(10_000)]
  return [null, 0, 'true', {}]
}

describe.each(sides)('$type of a $side', ({ message, parse }) => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(message, (sent) => {
        expect(parse(serialise(sent))).toEqual(sent)
      }),
      { numRuns: 50 },
    )
  })

  it('is refused with a key too many or too few, or a value of another kind or out of range', () => {
    const [sample] = fc.sample(message, { numRuns: 1, seed: 1 })
    for (const wrong of spoilt(sample, '')) {
      expect(() => parse(JSON.stringify(wrong)), JSON.stringify(wrong).slice(0, 300)).toThrow(invalid)
    }
    const optional = ['resume', 'reason', 'survivors', 'modelHash']
    for (const key of Object.keys(sample!)) {
      if (optional.includes(key) && sample!.type !== 'welcome') continue
      expect(() => parse(JSON.stringify({ ...sample, [key]: undefined })), key).toThrow(invalid)
    }
  })
})

describe('reading messages', () => {
  it.each(['adversarial', 'dropout'])('takes no share of %s devices but of [0, 1)', (key) => {
    const [invited] = fc.sample(plan, { numRuns: 1, seed: 1 })
    const [masked] = fc.sample(masking, { numRuns: 1, seed: 1 })
    const invite = (value: number) =>
      JSON.stringify({ type: 'invite', plan: { ...invited, masking: { ...masked, [key]: value } } })
    for (const value of [-0.01, 1, 1.5]) expect(() => parseCoordinatorMessage(invite(value))).toThrow(invalid)
    for (const value of [0, 0.999]) expect(() => parseCoordinatorMessage(invite(value))).not.toThrow()
  })

  it.each(['', '{', 'null', '1', '"join"', '[]', '{}', '{"type":"nonsense"}', '{"type":["join"]}', '\u0000'])(
    'refuses %j',
    (nonsense) => {
      expect(() => parseDeviceMessage(nonsense)).toThrow(invalid)
      expect(() => parseCoordinatorMessage(nonsense)).toThrow(invalid)
    },
  )

  it('refuses what the other side says', () => {
    const id = '0'.repeat(32)
    expect(() => parseDeviceMessage(JSON.stringify({ type: 'received', roundId: id }))).toThrow(invalid)
    expect(() => parseCoordinatorMessage(JSON.stringify({ type: 'join', roundId: id }))).toThrow(invalid)
  })

  it('names another protocol version for what it is', () => {
    const version = expect.objectContaining({ code: 'TACIT_PROTOCOL_VERSION' })
    const hello = { type: 'hello', protocol: 2, task: 'homepage', device: 'd1' }
    expect(() => parseDeviceMessage(JSON.stringify(hello))).toThrow(version)
    const welcome = { type: 'welcome', protocol: 0, resume: '0'.repeat(32), resumed: false, heartbeatMs: 1 }
    expect(() => parseCoordinatorMessage(JSON.stringify(welcome))).toThrow(version)
  })

  it('takes no number beyond what JSON can say again', () => {
    const text = `{"type":"sum","roundId":"${'0'.repeat(32)}","step":"a","body":1e999}`
    expect(() => parseDeviceMessage(text)).toThrow(invalid)
  })

  it('lets no message reach a prototype', () => {
    const text = `{"type":"sum","roundId":"${'0'.repeat(32)}","step":"a","body":{"__proto__":{"evil":1}}}`
    const message = parseDeviceMessage(text)
    expect(message.type === 'sum' && message.body).toEqual({})
    expect((message as unknown as { evil?: number }).evil).toBeUndefined()
  })

  const nested = (open: string, close: string, levels: number) =>
    `{"type":"sum","roundId":"${'0'.repeat(32)}","step":"a","body":${open.repeat(levels)}1${close.repeat(levels)}}`

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('takes %s 16 levels deep, the message being one, and refuses any more', (_, open, close) => {
    expect(() => parseDeviceMessage(nested(open, close, 15))).not.toThrow()
    expect(() => parseCoordinatorMessage(nested(open, close, 15))).not.toThrow()
    for (const levels of [16, 17, 1000, 10_000, 150_000]) {
      expect(() => parseDeviceMessage(nested(open, close, levels))).toThrow(invalid)
      expect(() => parseCoordinatorMessage(nested(open, close, levels))).toThrow(invalid)
    }
  })

  it('throws nothing but TacitError on nested nonsense', () => {
    const tacit = expect.objectContaining({ name: 'TacitError' })
    for (const text of ['['.repeat(100_000), `${'['.repeat(50_000)}${']'.repeat(50_000)}`]) {
      expect(() => parseDeviceMessage(text)).toThrow(tacit)
      expect(() => parseDeviceMessage(`{"type":${text}}`)).toThrow(tacit)
    }
  })

  it('throws nothing but TacitError on arbitrary text and arbitrary JSON', () => {
    const tacitOnly = (text: string) => {
      for (const parse of [parseDeviceMessage, parseCoordinatorMessage]) {
        try {
          parse(text)
        } catch (error) {
          expect(error).toMatchObject({ name: 'TacitError' })
        }
      }
    }
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), tacitOnly))
    const typed = fc.constantFrom(...sides.map(({ type }) => type))
    fc.assert(
      fc.property(typed, fc.dictionary(fc.string(), fc.jsonValue()), (type, rest) => {
        tacitOnly(JSON.stringify({ ...rest, type }))
      }),
    )
  })
})
