import { readFileSync } from 'node:fs'
import { TacitError } from '@tacit/shared/errors'
import closeWithGrace from 'close-with-grace'
import { Command, CommanderError } from 'commander'
import { pino } from 'pino'
import * as z from 'zod/mini'
import { budgetCommand } from './budget-command.js'
import { startCoordinator, type TaskSetup } from './coordinator.js'
import { issuerOf, summingOf } from './masking-flags.js'
import { defaultMinimum, invitedFor, privacyOf, seldomFewer, withPrivacy } from './privacy-flags.js'
import { catalogueReference, TASK_DEFAULTS } from './task/index.js'

const HELP = `
Environment: DATABASE_URL (PostgreSQL; without it an embedded database in --data-dir), LOG_LEVEL.

Devices' vectors are masked: this coordinator learns their sum and nothing else. Your storefront's back end vouches
for devices (docs/credentials.md); --jwks is its public keys, read at the start and every ten minutes.

With --dp releases are differentially private. --epsilon and --delta are then the budget of a new task, charged before
a round's sum is opened; "tacit-coordinator budget --help" says how to see and to change it.

Examples:
  tacit-coordinator --task homepage --catalogue items.txt --population 10000 --goal 200 \\
    --jwks https://shop.example/.well-known/jwks.json --issuer https://shop.example
  tacit-coordinator --task homepage --catalogue items.txt --population 10000 --goal 200 --anonymous
  tacit-coordinator --task trial --catalogue items.txt --population 40 --goal 20 --jwks jwks.json --issuer shop --curious
  tacit-coordinator --task homepage --catalogue items.txt --population 90000 --goal 900 --sampling 0.1 --anonymous \\
    --dp distributed --epsilon 8 --delta 1e-6 --clip 1 --rounds 100 --period-days 90

Exit codes: 0 stopped, 1 a failure of Tacit itself, 2 bad flags or data.`

const whole = (min: number, max: number) => {
  const error = `a whole number in ${min}..${max} is expected`
  return z.coerce.number(error).check(z.int(error), z.gte(min, error), z.lte(max, error))
}

const shareError = 'a number in 0..0.999 is expected'
const share = z.coerce.number(shareError).check(z.gte(0, shareError), z.lte(0.999, shareError))
const positiveError = 'a number above 0 is expected'
const positive = z.coerce.number(positiveError).check(z.gt(0, positiveError), z.lte(1e9, positiveError))
const deltaError = 'a number above 0 and below 0.1 is expected'
const samplingError = 'a number above 0, 1 at most, is expected'
const name = z.string().check(z.minLength(1, 'a name is expected'), z.maxLength(256))

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']

const flagsSchema = z.object({
  task: z
    .string()
    .check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, 'letters, digits and . _ @ - are expected')),
  catalogue: z.string(),
  model: z.string(),
  population: whole(1, 2 ** 31 - 1),
  goal: whole(2, 1_000_000),
  minimum: z.optional(whole(2, 1_000_000)),
  host: z.string(),
  port: whole(0, 65_535),
  dataDir: z.string(),
  pause: whole(0, 86_400_000),
  secureSum: z.enum(['masked', 'plain'], 'masked or plain is expected'),
  jwks: z.optional(z.string()),
  issuer: z.optional(name),
  audience: z.optional(name),
  anonymous: z.optional(z.boolean()),
  adversarial: z.optional(share),
  dropout: z.optional(share),
  curious: z.optional(z.boolean()),
  dp: z.optional(z.enum(['distributed', 'central', 'local'], 'distributed, central or local is expected')),
  epsilon: z.optional(positive),
  delta: z.optional(z.coerce.number(deltaError).check(z.gt(0, deltaError), z.lt(0.1, deltaError))),
  clip: z.optional(positive),
  noise: z.optional(positive),
  rounds: z.optional(whole(1, 1_000_000)),
  sampling: z.optional(z.coerce.number(samplingError).check(z.gt(0, samplingError), z.lte(1, samplingError))),
  mechanism: z.optional(z.enum(['skellam', 'discrete-gaussian'], 'skellam or discrete-gaussian is expected')),
  periodDays: z.optional(whole(1, 36_525)),
  adaptiveClip: z.optional(z.boolean()),
  rotate: z.optional(z.boolean()),
})

type Flags = z.infer<typeof flagsSchema>

/** Devices invited for each vector wanted. */
const OVER_SELECTION = 1.3

const LIMITS = {
  uploadsInFlight: 32,
  joinDeadlineMs: 20_000,
  stepDeadlineMs: 20_000,
  phaseDeadlineMs: 120_000,
  uploadDeadlineMs: 20_000,
  // Small enough for a slow uplink to show progress within the gateway's stall deadline.
  chunkBytes: 64 * 1024,
}

/** The command of a deployment: one task, from flags and environment, until the process is told to stop. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    refuseRepeats(argv)
    if (argv[2] === 'budget') await budgetCommand().parseAsync(argv.slice(3), { from: 'user' })
    else await program().parseAsync([...argv])
    return 0
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const known =
      error instanceof CommanderError ? flagError(error) : error instanceof TacitError ? error : undefined
    process.stderr.write(
      `tacit-coordinator: ${known ? `${known.message} (${known.code}). ${known.advice}` : error}\n`,
    )
    return known && known.status < 500 ? 2 : 1
  }
}

function program(): Command {
  return new Command('tacit-coordinator')
    .description('run training rounds for one task')
    .requiredOption('--task <name>', 'the scenario that the model is for')
    .requiredOption('--catalogue <file>', 'item ids in row order, one a line')
    .option('--model <name>', 'model to train', 'ials')
    .requiredOption('--population <n>', 'devices that the task is declared to have')
    .requiredOption('--goal <n>', 'vectors wanted in a round')
    .option(
      '--minimum <n>',
      'devices below which nothing is released (default: half of the goal; less where coins make fewer likely)',
    )
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on', '8787')
    .option('--data-dir <dir>', 'folder of the embedded database', '.tacit/coordinator')
    .option('--pause <ms>', 'time between two rounds', '5000')
    .option('--secure-sum <kind>', 'masked, or plain: this coordinator then reads every vector', 'masked')
    .option('--jwks <file or url>', 'public keys of whoever vouches for devices; an https address')
    .option('--issuer <name>', 'iss of the credentials')
    .option('--audience <name>', 'aud of the credentials (default: the task)')
    .option('--anonymous', 'nobody vouches for devices; they have to allow it too')
    .option(
      '--adversarial <share>',
      'share of a group assumed to collude with this coordinator (default: 0.1)',
    )
    .option('--dropout <share>', 'share of a group assumed to be lost in a round (default: 0.1)')
    .option(
      '--curious',
      'where groups are too small for more, let plans say that this coordinator does not lie',
    )
    .option(
      '--dp <mode>',
      'noise by all devices together (distributed), each alone (local), or here (central)',
    )
    .option('--epsilon <e>', 'budget of a new task, for each of its periods')
    .option('--delta <d>', 'delta of the budget')
    .option('--clip <c>', "largest norm of a device's update")
    .option('--noise <z>', 'standard deviation of the noise over the clip')
    .option('--rounds <n>', 'instead of --noise: rounds of a period that the budget is to suffice for')
    .option(
      '--sampling <q>',
      'probability with which an invited device takes part, by its own coin (default: 1)',
    )
    .option('--mechanism <name>', 'skellam or discrete-gaussian (default: skellam)')
    .option('--period-days <n>', 'days after which the budget of a new task is renewed (default: never)')
    .option('--adaptive-clip', 'let the clip follow what devices report of it')
    .option('--rotate', 'spread every update over all coordinates before it is rounded: smaller uploads')
    .addHelpText('after', HELP)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .action(run)
}

async function run(given: unknown): Promise<void> {
  const flags = readFlags(given)
  const level = process.env.LOG_LEVEL || 'info'
  if (!LOG_LEVELS.includes(level)) {
    throw new TacitError('TACIT_CONFIG_INVALID', {
      path: 'LOG_LEVEL',
      problem: `one of ${LOG_LEVELS} is expected`,
    })
  }
  const logger = pino({ level })
  const task = taskOf(flags)
  const issuer = await issuerOf(flags, logger)
  const { goalCount, overSelection } = task.limits
  const startAt = Math.min(flags.population, Math.ceil(goalCount * overSelection))
  const coordinator = await startCoordinator({
    tasks: [task],
    ...(issuer && { issuer }),
    host: flags.host,
    port: flags.port,
    dataDir: flags.dataDir,
    databaseUrl: process.env.DATABASE_URL || undefined,
    cadence: { startAt, pauseMs: flags.pause },
    logger,
  }).catch((error: unknown) => {
    issuer?.stop()
    throw error
  })
  const { privacy } = task.definition
  logger.info(
    {
      url: coordinator.url,
      task: flags.task,
      startAt,
      ...(privacy && { noiseMultiplier: privacy.noiseMultiplier }),
    },
    'coordinator started, waiting for devices',
  )
  if (startAt > flags.population / 2)
    logger.warn(
      { task: flags.task, startAt, population: flags.population },
      'a round starts only when more than half of the population are there at once: lower the goal, or raise --sampling',
    )
  const { sampling = 1, goal } = flags
  if (sampling < 1 && task.limits.minimumCount > seldomFewer(goal, sampling))
    logger.warn(
      { task: flags.task, minimum: task.limits.minimumCount, seldomFewer: seldomFewer(goal, sampling) },
      'now and then too few devices win their coins, and the round that aborts then says so to everyone: lower --minimum, or raise --goal',
    )
  closeWithGrace({ delay: 8_000 }, async ({ err, signal }) => {
    if (err) logger.error({ err }, 'stopping after an error')
    logger.info({ signal }, 'coordinator stopping')
    issuer?.stop()
    await coordinator.stop()
  })
  await new Promise(() => {})
}

/** @throws TACIT_FLAG_INVALID */
function readFlags(given: unknown): Flags {
  const read = z.safeParse(flagsSchema, given)
  if (read.success) return read.data
  const issue = read.error.issues[0]!
  const flag = `--${issue.path.join('.').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  throw new TacitError('TACIT_FLAG_INVALID', { flag, problem: issue.message })
}

/** What the parser of arguments says, as other errors are said. */
function flagError({ message }: CommanderError): TacitError {
  const [, flag = 'arguments'] = / '(-[^ ']*)[^']*'/.exec(message) ?? []
  const problem = message
    .replace(/^error: /, '')
    .replace(/ '-[^']*'/, '')
    .replace(/\s+\(Did you mean (.+)\?\)$/, ', did you mean $1?')
    .replace(/\.$/, '')
  return new TacitError('TACIT_FLAG_INVALID', { flag, problem })
}

/** A flag given twice is more often a mistake than a wish to override. @throws TACIT_FLAG_INVALID */
function refuseRepeats(argv: readonly string[]): void {
  const flags = argv.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0]!)
  const repeated = flags.find((flag, index) => flags.indexOf(flag) < index)
  if (repeated) throw new TacitError('TACIT_FLAG_INVALID', { flag: repeated, problem: 'it is given twice' })
}

/** @throws TACIT_DATA_UNREADABLE, TACIT_DATA_EMPTY, TACIT_DATA_MALFORMED */
function taskOf(flags: Flags): TaskSetup {
  const catalogue = readCatalogue(flags.catalogue)
  const minimum = flags.minimum ?? defaultMinimum(flags.goal, flags.sampling)
  if (flags.goal > flags.population) {
    const problem = `it is above --population ${flags.population}`
    throw new TacitError('TACIT_FLAG_INVALID', { flag: '--goal', problem })
  }
  if (minimum > flags.goal) {
    throw new TacitError('TACIT_FLAG_INVALID', {
      flag: '--minimum',
      problem: `it is above --goal ${flags.goal}`,
    })
  }
  const asked = privacyOf(flags)
  const limits = { ...LIMITS, ...invitedFor(flags, asked, OVER_SELECTION), minimumCount: minimum }
  const definition = {
    ...TASK_DEFAULTS,
    name: flags.task,
    model: flags.model,
    population: flags.population,
    share: Math.min(1, flags.goal / flags.population),
    catalogue: catalogueReference(catalogue),
    ...summingOf(flags),
  }
  if (!asked) return { catalogue, definition, limits }
  return { catalogue, definition: withPrivacy(definition, limits, asked), limits, budget: asked.budget }
}

function readCatalogue(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TacitError('TACIT_DATA_UNREADABLE', { file, problem: (error as Error).message })
  }
  const items = text.replace(/^\u{feff}/u, '').split(/\r?\n/)
  if (items.at(-1) === '') items.pop()
  if (items.length === 0) throw new TacitError('TACIT_DATA_EMPTY', { file, problem: 'it names no item' })
  const lines = new Map<string, number>()
  items.forEach((item, index) => {
    const line = index + 1
    const before = lines.get(item)
    const problem =
      item === '' ? 'an item id is expected' : before ? `${item} stands on line ${before} already` : ''
    if (problem) throw new TacitError('TACIT_DATA_MALFORMED', { file, line, column: 1, problem })
    lines.set(item, line)
  })
  return items
}
