import { type RunningCoordinator, type SecureSumStatus, startCoordinator } from '@tacit/coordinator'
import { catalogueReference, TASK_DEFAULTS, type TaskDefinition } from '@tacit/coordinator/task'
import { trustedIssuer } from '@tacit/shared/credentials'
import closeWithGrace from 'close-with-grace'
import { pino } from 'pino'
import { dataSource } from '../cli/data-source.js'
import { Fleet } from '../fleet/index.js'
import { type RunningIssuer, startIssuer } from './issuer.js'
import { type DemoRound, demoRound, LEAST_LYING } from './round-size.js'
import { shoppersOf } from './shoppers.js'

export interface DemoOptions {
  readonly data: string
  readonly shoppers: number
  readonly port: number
  readonly host: string
  readonly dataDir: string
  readonly threads: number
  readonly secureSum: 'masked' | 'plain'
  readonly verbose?: boolean
}

/** The storefront that the demo shows is always the same one, so that a restart goes on where it was. */
const SEED = 1

/** `iss` of the credentials. */
const ISSUER = 'tacit-demo'

/** A coordinator with simulated shoppers on real WebSockets, until the process is stopped. */
export async function startDemo(options: DemoOptions, out: { write(text: string): unknown }): Promise<void> {
  const dataset = dataSource(options.data, { devices: options.shoppers, seed: SEED })
  const split = shoppersOf(dataset, options.shoppers)
  const round = demoRound(split.devices, options.secureSum)
  const task = demoTask(dataset.catalogue, split.devices, round, options.secureSum)
  const logger = pino({ level: options.verbose ? 'info' : 'error' }, pino.destination(2))
  const issuer = options.secureSum === 'masked' ? await issuerFor(task) : undefined
  const coordinator = await startCoordinator({
    tasks: [{ definition: task, catalogue: dataset.catalogue, limits: demoLimits(round) }],
    ...(issuer && { issuer: trustedIssuer(issuer.about) }),
    host: options.host,
    port: options.port,
    dataDir: options.dataDir,
    cadence: { pauseMs: 500, startAt: round.invited },
    logger,
  }).catch(async (error: unknown) => {
    await issuer?.running.close()
    throw error
  })
  const secureSum = coordinator.status.current().tasks[0]!.secureSum!
  const fleet = new Fleet({
    url: coordinator.url,
    task: task.name,
    split,
    devices: Array.from({ length: split.devices }, (_, device) => device),
    threads: options.threads,
    secureSums: [task.secureSum],
    limits: round.limits,
    ...(issuer && { issuer: { ...issuer.about, credentialsUrl: `${issuer.running.url}/v1/credentials` } }),
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
    await issuer?.running.close()
  })
  out.write(greeting(coordinator.url, dataset.name, split.devices, task, secureSum))
  reportRounds(coordinator, task.name, out)
  await new Promise(() => {})
}

/** Stands in for the storefront's back end. Its keys end with it, and so do the credentials. */
async function issuerFor({ name }: TaskDefinition): Promise<{
  running: RunningIssuer
  about: { issuer: string; audience: string; jwks: RunningIssuer['jwks'] }
}> {
  const parties = { issuer: ISSUER, audience: name }
  const running = await startIssuer({ host: '127.0.0.1', port: 0, ...parties })
  return { running, about: { ...parties, jwks: running.jwks } }
}

function demoTask(
  catalogue: readonly string[],
  shoppers: number,
  { goal, masking }: DemoRound,
  secureSum: DemoOptions['secureSum'],
): TaskDefinition {
  const reference = catalogueReference(catalogue)
  return {
    ...TASK_DEFAULTS,
    // A model's rows are its catalogue's: another catalogue is another task.
    name: `homepage-${reference.hash.slice(0, 8)}`,
    model: 'ials',
    population: shoppers,
    share: goal / shoppers,
    catalogue: reference,
    secureSum,
    masking,
  }
}

function demoLimits({ goal, overSelection, minimum }: DemoRound) {
  return {
    goalCount: goal,
    overSelection,
    minimumCount: minimum,
    largestGroup: 1000,
    uploadsInFlight: 16,
    joinDeadlineMs: 10_000,
    // All shoppers share this machine's processors; a storefront's have one each.
    stepDeadlineMs: 60_000,
    phaseDeadlineMs: 120_000,
    uploadDeadlineMs: 30_000,
    chunkBytes: 256 * 1024,
  }
}

function greeting(
  url: string,
  data: string,
  shoppers: number,
  task: TaskDefinition,
  secureSum: SecureSumStatus,
): string {
  return [
    '',
    `  Tacit is running: ${shoppers} shoppers (${data}) train ${task.model} for ${task.name}`,
    '',
    `    look      ${url}/`,
    `    status    ${url}/v1/status`,
    `    model     ${url}/v1/tasks/${task.name}/model`,
    '',
    `  ${protection(secureSum)}`,
    '  Histories stay on the devices. HR@10 is what they measure themselves: each holds out its latest item and\n  ranks it among 99 others that it does not know, ties against it; the hits are summed with the updates.',
    '  Ctrl-C stops; the next start goes on from the last release.',
    '',
    '',
  ].join('\n')
}

/** What keeps one shopper's update from the coordinator, in a line. */
function protection({ backend, coordinator, neighbours, threshold }: SecureSumStatus): string {
  if (backend === 'plain') return 'Plain: the coordinator can read every update. For comparison only.'
  const trust = coordinator === 'curious' ? 'if it follows the protocol' : 'even if it lies'
  const masked = `Masked: the coordinator learns sums alone, ${trust}; ${threshold} of ${neighbours} neighbours open a mask.`
  if (coordinator !== 'curious') return masked
  return `${masked}\n  A storefront's devices would refuse rounds so small: these accept less. ${LEAST_LYING} shoppers are enough for more.`
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
