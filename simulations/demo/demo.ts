import { type RunningCoordinator, startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { dataSource } from '../cli/data-source.js'
import { Fleet } from '../fleet/index.js'
import { shoppersOf } from './shoppers.js'

export interface DemoOptions {
  readonly data: string
  readonly shoppers: number
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly threads: number
  readonly verbose?: boolean
}

/** Share of the shoppers that a round wants; some more are invited. */
const SHARE = 0.5

/** Devices invited for each vector wanted. */
const OVER_SELECTION = 1.3

/** The storefront that the demo shows is always the same one, so that a restart goes on where it was. */
const SEED = 1

/** A coordinator with simulated shoppers on real WebSockets, until the process is stopped. */
export async function startDemo(options: DemoOptions, out: { write(text: string): unknown }): Promise<void> {
  const dataset = dataSource(options.data, { devices: options.shoppers, seed: SEED })
  const split = shoppersOf(dataset, options.shoppers)
  const task = demoTask(dataset.catalogue, split.devices)
  const logger = pino({ level: options.verbose ? 'info' : 'error' }, pino.destination(2))
  const goalCount = Math.max(2, Math.round(split.devices * SHARE))
  const coordinator = await startCoordinator({
    tasks: [{ definition: task, catalogue: dataset.catalogue, limits: demoLimits(goalCount) }],
    host: options.host,
    port: options.port,
    dataDir: options.dataDir,
    cadence: { pauseMs: 500, startAt: Math.min(split.devices, Math.ceil(goalCount * OVER_SELECTION)) },
    logger,
  })
  const fleet = new Fleet({
    url: coordinator.url,
    task: task.name,
    split,
    devices: Array.from({ length: split.devices }, (_, device) => device),
    threads: options.threads,
    secureSums: [task.secureSum],
    onTrouble: (device, code, message) => logger.info({ device, code }, message),
    onFailure: (error) => {
      out.write(`${error.message}\n`)
      process.exitCode = 1
      grace.close()
    },
  })
  const grace = closeWithGrace({ delay: 8_000 }, async ({ err }) => {
    if (err) logger.error({ err }, 'stopping after an error')
    out.write('\nstopping\n')
    await fleet.stop()
    await coordinator.stop()
  })
  out.write(greeting(coordinator.url, dataset.name, split.devices, task))
  reportRounds(coordinator, task.name, out)
  await new Promise(() => {})
}

function demoTask(catalogue: readonly string[], shoppers: number): TaskDefinition {
  const reference = catalogueReference(catalogue)
  return {
    ...TASK_DEFAULTS,
    // A model's rows are its catalogue's: another catalogue is another task.
    name: `homepage-${reference.hash.slice(0, 8)}`,
    model: 'ials',
    population: shoppers,
    share: SHARE,
    catalogue: reference,
  }
}

function demoLimits(goalCount: number) {
  return {
    goalCount,
    overSelection: OVER_SELECTION,
    minimumCount: Math.max(2, Math.floor(goalCount / 4)),
    largestGroup: 1000,
    uploadsInFlight: 16,
    joinDeadlineMs: 10_000,
    stepDeadlineMs: 10_000,
    phaseDeadlineMs: 60_000,
    uploadDeadlineMs: 30_000,
    chunkBytes: 256 * 1024,
  }
}

function greeting(url: string, data: string, shoppers: number, task: TaskDefinition): string {
  return [
    '',
    `  Tacit is running: ${shoppers} shoppers (${data}) train ${task.model} for ${task.name}`,
    '',
    `    look      ${url}/`,
    `    status    ${url}/v1/status`,
    `    model     ${url}/v1/tasks/${task.name}/model`,
    '',
    '  Histories stay on the devices. HR@10 is what they measure themselves: each holds out its latest item and\n  ranks it among 99 others that it does not know, ties against it; the hits are summed with the updates.',
    '  Ctrl-C stops; the next start goes on from the last release.',
    '',
    '',
  ].join('\n')
}

/** Prints a line for every round that ends. */
function reportRounds(
  coordinator: RunningCoordinator,
  task: string,
  out: { write(text: string): unknown },
): void {
  let told = coordinator.status.latest(task)?.round ?? 0
  coordinator.status.subscribe(() => {
    const last = coordinator.status.latest(task)
    if (!last || last.round === told) return
    told = last.round
    out.write(
      `  round ${String(last.round).padStart(4)} released   HR@10 ${last['hr@10'].toFixed(4)}   ${last.devices} devices measured\n`,
    )
  })
}
