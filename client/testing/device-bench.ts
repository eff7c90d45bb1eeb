import { type DeviceMessage, decodeFrame, VectorAssembly } from '@tacit/shared/protocol'
import { pack } from '@tacit/shared/update'
import { Device } from '../device.js'
import type { DeviceEvent, DeviceOptions } from '../device-types.js'
import { trainInline } from '../executor.js'
import { History } from '../history.js'
import { FakeNetwork } from './fake-coordinator.js'
import { ManualTimers } from './manual-timers.js'
import { randomOf, sample } from './sample.js'

export function setUp(options: Partial<DeviceOptions> = {}) {
  const task = sample()
  const network = new FakeNetwork()
  const timers = new ManualTimers()
  const events: DeviceEvent[] = []
  const history = new History()
  for (const [at, row] of [3, 5, 7, 9].entries()) history.add({ item: `item-${row}`, at })
  const device = new Device(
    {
      url: 'http://coordinator.test',
      task: 'homepage',
      device: 'd1',
      history,
      randomFor: (_plan, purpose) => randomOf(1)[purpose],
      onEvent: (event) => events.push(event),
      ...options,
      limits: { secureSums: ['plain'], minimumCohort: 2, ...options.limits },
    },
    { openSocket: network.openSocket, fetch: task.fetch, timers, jitter: () => 0, now: () => timers.now },
  )
  return { ...task, device, network, timers, events, history, roundId: task.plan.roundId }
}

export type SetUp = ReturnType<typeof setUp>

/** Lets promises that are due run; nothing here waits for time to pass. */
export const settle = async () => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}
export const typesOf = (messages: DeviceMessage[]) => messages.map(({ type }) => type)
export const eventTypes = ({ events }: SetUp) => events.map(({ type }) => type)

export async function toUpload(bench: SetUp): Promise<void> {
  bench.device.start()
  bench.network.last.welcome()
  bench.network.last.say({ type: 'invite', plan: bench.plan })
  bench.network.last.say(bench.begin)
  await settle()
}

export function expectedVector({ plan, model, tensors }: SetUp): Uint8Array {
  const work = { plan, model, tensors, history: Int32Array.of(3, 5, 7), heldOut: 9, random: randomOf(1) }
  return pack(trainInline(work).vector, plan.modulusBits)
}

export function assembled(frames: readonly Uint8Array[], bytes: number): Uint8Array | undefined {
  const assembly = new VectorAssembly(bytes)
  let whole: Uint8Array | undefined
  for (const frame of frames) whole = assembly.add(decodeFrame(frame))
  return whole
}
