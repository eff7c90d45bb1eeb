import { type CoordinatorMessage, parseCoordinatorMessage, serialise } from '@tacit/shared/protocol'
import { SecureRandom } from '@tacit/shared/random'
import type { RoundMessage } from '../../round/types.js'
import type { Connection, Link } from '../connection.js'
import { DEFAULT_LIMITS, type GatewayLimits } from '../limits.js'
import { Sessions } from '../sessions.js'
import type { GatewayLogger, GatewaySink } from '../sink.js'
import { ManualTimers } from './manual-timers.js'

/** Stand-ins and shorthands that the tests of this folder share. */

export const ROUND = '0123456789abcdef0123456789abcdef'

/** Keeps what the default level shows of a log: all but debug. */
export function loggerInto(shown: object[]): GatewayLogger {
  const show = (fields: object) => void shown.push(fields)
  return { debug() {}, info: show, error: show }
}

/** Notes what it is told; throws what it is told to throw. */
export class RecordingSink implements GatewaySink {
  readonly log: string[] = []
  readonly vectors = new Map<string, Uint8Array>()
  onConnected: (device: string, resumed: boolean) => void = () => {}
  onMessage: (device: string, message: RoundMessage) => void = () => {}
  onVector: (device: string) => void = () => {}
  onDetached: (device: string) => void = () => {}
  onGone: (device: string) => void = () => {}

  connected(device: string, task: string, resumed: boolean): void {
    this.log.push(`connected ${device} ${task}${resumed ? ' resumed' : ''}`)
    this.onConnected(device, resumed)
  }

  message(device: string, message: RoundMessage): void {
    this.log.push(`${message.type} ${device}`)
    this.onMessage(device, message)
  }

  vector(device: string, packed: Uint8Array): void {
    this.log.push(`vector ${device} ${packed.length}`)
    this.vectors.set(device, packed)
    this.onVector(device)
  }

  detached(device: string): void {
    this.log.push(`detached ${device}`)
    this.onDetached(device)
  }

  gone(device: string): void {
    this.log.push(`gone ${device}`)
    this.onGone(device)
  }
}

/** A socket that is not one. */
class FakeLink implements Link {
  bufferedAmount = 0
  pings = 0
  terminated = false
  readonly sent: CoordinatorMessage[] = []
  readonly closes: { code: number; reason: string }[] = []

  send(text: string): void {
    this.sent.push(parseCoordinatorMessage(text))
  }

  ping(): void {
    this.pings++
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason })
  }

  terminate(): void {
    this.terminated = true
  }

  get last(): CoordinatorMessage | undefined {
    return this.sent.at(-1)
  }

  /** The code it was closed with, if it was told so in every way and once. */
  get refusedWith(): string | undefined {
    const [close] = this.closes
    const told = this.last?.type === 'error' && this.last.code === close?.reason
    return told && this.closes.length === 1 ? close.reason : undefined
  }
}

export interface FakeDevice {
  readonly link: FakeLink
  readonly connection: Connection
}

/** Sessions over fake links under manual time. */
export class Bench {
  readonly timers = new ManualTimers()
  readonly sink = new RecordingSink()
  /** What the default level shows of the log. */
  readonly logged: object[] = []
  readonly limits: GatewayLimits
  readonly sessions: Sessions

  constructor(limits: Partial<GatewayLimits> = {}) {
    this.limits = { ...DEFAULT_LIMITS, ...limits }
    this.sessions = new Sessions({
      sink: this.sink,
      hasTask: (task) => task === 'homepage',
      limits: this.limits,
      timers: this.timers,
      random: new SecureRandom(),
      logger: loggerInto(this.logged),
    })
  }

  open(): FakeDevice {
    const link = new FakeLink()
    return { link, connection: this.sessions.opened(link) }
  }

  say(device: FakeDevice, text: string): void {
    this.sessions.text(device.connection, Buffer.from(text))
  }

  sendFrame(device: FakeDevice, frame: Uint8Array): void {
    this.sessions.binary(device.connection, frame)
  }

  hello(device: string, resume?: string): FakeDevice {
    const opened = this.open()
    this.say(opened, helloText(device, resume))
    return opened
  }
}

export function helloText(device: string, resume?: string, task = 'homepage'): string {
  const hello = { type: 'hello', protocol: 1, task, device } as const
  return serialise(resume === undefined ? hello : { ...hello, resume })
}

export function tokenOf(device: FakeDevice): string {
  const welcome = device.link.sent.findLast((message) => message.type === 'welcome')
  if (welcome?.type !== 'welcome') throw new Error('no welcome was sent')
  return welcome.resume
}

export function joinText(roundId = ROUND): string {
  return serialise({ type: 'join', roundId })
}

/** Bytes that differ from their neighbours, so that a chunk out of place shows. */
export function vectorOf(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >>> 8)) & 0xff)
}

/** As `toEqual` for bytes, which walks them one by one, but fast. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0
}

export const doneMessage: CoordinatorMessage = { type: 'done', roundId: ROUND, outcome: 'left' }
