import { parentPort, workerData } from 'node:worker_threads'
import type { Device, DeviceEvent, HistorySource, Outgoing } from '@tacit/client'
import { ModelSource } from '@tacit/client'
import { createNodeDevice, nodePlatform } from '@tacit/client/node'
import type { RoundPlan } from '@tacit/shared/protocol'
import { SeededRandom, SimulatedSecrets } from '@tacit/shared/random'
import { deviceName } from '../runner/device-names.js'
import { behaviourOf, type PopulationOptions } from '../runner/population.js'
import { type SharedSplit, trainingHistory } from '../runner/worker-data.js'
import { vanishesBefore } from './vanish.js'

/** What a thread of devices is given. */
export interface ThreadSetup {
  readonly url: string
  readonly task: string
  readonly split: SharedSplit
  /** Numbers of the devices that live here. */
  readonly devices: readonly number[]
  readonly secureSums: readonly string[]
  /**
   * With a seed, devices draw from it and vanish as the schedule has it. Without one they are what a
   * storefront's are: their draws come from the platform's secure generator.
   */
  readonly scheduled?: PopulationOptions
}

export type ThreadReport =
  | { readonly type: 'ready' }
  | { readonly type: 'warning'; readonly device: string; readonly code: string; readonly message: string }

const setup = workerData as ThreadSetup
const models = new ModelSource({ url: setup.url, ...nodePlatform })

/** A history in rows of the catalogue: the simulated shopper's, or what the split leaves for training. */
function historyOf(device: number): HistorySource {
  const rows = trainingHistory(setup.split, device)
  const validation = setup.split.validation[device]!
  return {
    rows: () => rows,
    training: () => ({ history: rows, heldOut: validation < 0 ? undefined : validation }),
  }
}

function deviceOf(number: number): Device {
  const { url, task, secureSums, scheduled } = setup
  const name = deviceName(number)
  let round = 0
  return createNodeDevice({
    url,
    task,
    device: name,
    history: historyOf(number),
    models,
    limits: { secureSums },
    backoff: { firstMs: 100, longestMs: 5_000 },
    onEvent: (event) => {
      if (event.type === 'round-started') round = event.round
      reportTrouble(name, event)
    },
    ...(scheduled && {
      randomFor: (plan: RoundPlan, purpose: 'rounding' | 'negatives' | 'training') =>
        new SeededRandom({ seed: scheduled.seed, round: plan.round, device: number, purpose }),
      secretsFor: (plan: RoundPlan) =>
        new SimulatedSecrets({ seed: scheduled.seed, round: plan.round, device: number }),
      beforeSend: (outgoing: Outgoing) =>
        vanishesBefore(outgoing, behaviourOf(scheduled, round, number)) ? 'vanish' : 'send',
    }),
  })
}

function reportTrouble(device: string, event: DeviceEvent): void {
  if (event.type !== 'warning' && event.type !== 'error') return
  report({ type: 'warning', device, code: event.code, message: event.message })
}

function report(message: ThreadReport): void {
  parentPort!.postMessage(message)
}

const devices = setup.devices.map(deviceOf)
for (const device of devices) device.start()
report({ type: 'ready' })
parentPort!.once('message', () => {
  for (const device of devices) device.stop()
  parentPort!.close()
})
