import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { MODELS } from '@tacit/shared/model'
import { type Masking, SECURE_SUM_NAMES } from '@tacit/shared/secagg'
import { Command } from 'commander'
import { COLUMN_ALIASES, type Dataset } from '../data/index.js'
import {
  SIMULATED_MASKING,
  Simulation,
  type SimulationConfiguration,
  type SimulationResult,
} from '../runner/index.js'
import { dataSource } from './data-source.js'
import { choiceOption, flagError, numberOption, settingsOption, textOption } from './flags.js'
import { ProgressDisplay } from './progress.js'

interface Flags {
  readonly data: string
  readonly devices?: number
  readonly model: string
  readonly rounds: number
  readonly participation?: number
  readonly cohort?: number
  readonly seed: number
  readonly workers: number
  readonly transport: 'memory' | 'wire'
  readonly secureSum: string
  readonly coordinator?: Masking['coordinator']
  readonly adversarial?: number
  readonly assumedDropout?: number
  readonly factors?: number
  readonly block?: number
  readonly dropout: number
  readonly latency: number
  readonly set: Readonly<Record<string, number>>
  readonly out?: string
  readonly json?: boolean
}

const HELP = `
Data formats, told apart by looking at the file (a folder holds one data set):
  MovieLens u.data and ratings.dat; NAME.train.rating + .test.rating + .test.negative (its own split and
  negatives are used); delimited text with a header that names user, item and time; sessions. A sibling
  test.* file is the split. Column names, in upper or
  lower case, with or without underscores:
${Object.entries(COLUMN_ALIASES)
  .map(([role, names]) => `    ${role.padEnd(8)} ${[...names].join(', ')}`)
  .join('\n')}

Examples:
  tacit simulate                                        the embedded storefront
  tacit simulate --data ml-100k/u.data --rounds 15
  tacit simulate --data ml-100k --participation 0.1 --rounds 40 --seed 7
  tacit simulate --data shop.csv --dropout 0.2 --latency 500 --json > result.json
  tacit simulate --secure-sum masked --devices 60 --rounds 3
  tacit simulate --secure-sum masked --devices 20 --coordinator curious --dropout 0.1 --assumed-dropout 0.2
  tacit simulate --data ml-100k --set alpha=0.1 --set damping=0.6 --out runs/first

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags or data.`

/** A sum over one device would be that device's update. */
const LEAST_COHORT = 2

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('train a model with simulated devices in virtual time and evaluate it')
    .addOption(textOption('--data <path>', 'a data set, or "synthetic"').default('synthetic'))
    .addOption(
      numberOption('--devices <n>', 'devices of the synthetic data (default: 1000)', {
        min: 2,
        max: 1e7,
        integer: true,
      }),
    )
    .addOption(choiceOption('--model <name>', 'model to train', [...MODELS.keys()]).default('ials'))
    .addOption(numberOption('--rounds <n>', 'rounds to run', { min: 1, max: 1e6, integer: true }).default(15))
    .addOption(
      numberOption('--participation <share>', 'share of devices per round (default: 1)', {
        min: 0,
        max: 1,
        aboveMin: true,
      }),
    )
    .addOption(
      numberOption('--cohort <n>', 'devices per round, instead of a share', {
        min: LEAST_COHORT,
        max: 1e7,
        integer: true,
      }),
    )
    .addOption(
      numberOption('--seed <n>', 'decides everything random', {
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        integer: true,
      }).default(1),
    )
    .addOption(
      numberOption('--workers <n>', 'threads that train and evaluate', {
        min: 1,
        max: 256,
        integer: true,
      }).default(2),
    )
    .addOption(
      choiceOption('--transport <kind>', 'how devices are reached', ['memory', 'wire']).default('memory'),
    )
    .addOption(
      choiceOption('--secure-sum <backend>', 'how vectors are summed', [...SECURE_SUM_NAMES]).default(
        'plain',
      ),
    )
    .addOption(
      choiceOption(
        '--coordinator <kind>',
        `masked: what the coordinator is assumed to do (default: ${SIMULATED_MASKING.coordinator})`,
        ['curious', 'equivocating'],
      ),
    )
    .addOption(
      assumedShare(
        '--adversarial <share>',
        `masked: share of a group assumed to collude with it (default: ${SIMULATED_MASKING.adversarial})`,
      ),
    )
    .addOption(
      assumedShare(
        '--assumed-dropout <share>',
        `masked: share of a group assumed to be lost, whatever --dropout loses (default: ${SIMULATED_MASKING.dropout})`,
      ),
    )
    .addOption(
      numberOption('--factors <k>', 'length of an item factor, for models that have one', {
        min: 1,
        max: 4096,
        integer: true,
      }),
    )
    .addOption(
      numberOption('--block <rows>', 'rows of the catalogue that one round covers (default: 100000)', {
        min: 1,
        max: 1e8,
        integer: true,
      }),
    )
    .addOption(
      numberOption('--dropout <share>', 'share of a cohort lost in all, at a seeded step per device', {
        min: 0,
        max: 0.999,
      }).default(0),
    )
    .addOption(
      numberOption('--latency <ms>', 'median delay of each answer of a device, in virtual time', {
        min: 0,
        max: 1e9,
      }).default(0),
    )
    .addOption(settingsOption())
    .addOption(textOption('--out <dir>', 'write result.json there'))
    .option('--json', 'print one JSON object at the end, and nothing else, on standard output')
    .addHelpText('after', HELP)
    .action(simulate)
}

function assumedShare(flags: string, description: string) {
  return numberOption(flags, description, { min: 0, max: 0.999 })
}

async function simulate(flags: Flags): Promise<void> {
  if (flags.devices !== undefined && flags.data !== 'synthetic') {
    throw flagError('--devices', 'it sizes the synthetic data; a data set has the devices it has')
  }
  const dataset = dataSource(flags.data, { devices: flags.devices ?? 1000, seed: flags.seed })
  const simulation = namingFlags(() => new Simulation(dataset, configurationOf(flags, dataset)))
  const terminal = flags.json ? process.stderr : process.stdout
  if (flags.out) makeFolder(flags.out)
  const display = new ProgressDisplay(terminal, () => performance.now())
  // With --json on a pipe, progress would only be noise in a log.
  const quiet = flags.json && !process.stderr.isTTY
  const wire = await wireFactory(flags)
  const result = await simulation.run({
    onRound: (record, rounds) => {
      if (!quiet) display.show(record, rounds)
    },
    ...(wire && { wire }),
  })
  if (flags.out) writeResult(flags.out, result)
  process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : summary(result))
}

function configurationOf(flags: Flags, dataset: Dataset): SimulationConfiguration {
  if (flags.participation !== undefined && flags.cohort !== undefined) {
    throw flagError('--cohort', 'give either --participation or --cohort')
  }
  if (flags.factors !== undefined && flags.set.factors !== undefined) {
    throw flagError('--factors', 'give either --factors or --set factors=')
  }
  const devices = dataset.testFrom ?? dataset.devices.length
  if (flags.cohort !== undefined && flags.cohort > devices) {
    throw flagError('--cohort', `the data have ${devices} devices to train on`)
  }
  return {
    model: flags.model,
    settings: flags.factors === undefined ? flags.set : { ...flags.set, factors: flags.factors },
    rounds: flags.rounds,
    cohort: flags.cohort ?? Math.max(LEAST_COHORT, Math.round(devices * (flags.participation ?? 1))),
    seed: flags.seed,
    workers: flags.workers,
    transport: flags.transport,
    secureSum: flags.secureSum,
    masking: maskingOf(flags),
    dropout: flags.dropout,
    latencyMs: flags.latency,
    blockRows: flags.block ?? 100_000,
  }
}

/** What is assumed for masks says nothing where there are none. */
function maskingOf({ secureSum, coordinator, adversarial, assumedDropout }: Flags) {
  const assumed = {
    '--coordinator': coordinator,
    '--adversarial': adversarial,
    '--assumed-dropout': assumedDropout,
  }
  const given = Object.entries(assumed).find(([, value]) => value !== undefined)
  if (given && secureSum !== 'masked') throw flagError(given[0], 'it is for --secure-sum masked')
  return {
    coordinator: coordinator ?? SIMULATED_MASKING.coordinator,
    adversarial: adversarial ?? SIMULATED_MASKING.adversarial,
    dropout: assumedDropout ?? SIMULATED_MASKING.dropout,
  }
}

/** The catalogue's advice is for everyone who masks; here there are flags for it. */
function namingFlags<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof TacitError) || error.code !== 'TACIT_SECAGG_NO_PARAMETERS') throw error
    const flags = '--cohort, --adversarial, --assumed-dropout, --coordinator curious'
    throw Object.assign(error, { advice: `${error.advice} The flags: ${flags}.` })
  }
}

/** Only the wire needs sockets, a server and device threads: they are loaded when it is asked for. */
async function wireFactory(flags: Flags) {
  if (flags.transport !== 'wire') return undefined
  const { wireTransport } = await import('../runner/wire-transport.js')
  return wireTransport
}

/** Before the run, not after it: a folder that cannot be written to must not cost its result. */
function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true })
    accessSync(dir, constants.W_OK)
  } catch (error) {
    throw flagError('--out', (error as Error).message)
  }
}

function writeResult(dir: string, result: SimulationResult): void {
  writeFileSync(join(dir, 'result.json'), `${JSON.stringify(result, null, 2)}\n`)
}

function summary(result: SimulationResult): string {
  const { metrics, rounds, protocol, data } = result
  const row = (name: string, m: SimulationResult['metrics']['full']) =>
    m ? `  ${name.padEnd(12)} HR@10 ${m['hr@10'].toFixed(4)}   NDCG@10 ${m['ndcg@10'].toFixed(4)}\n` : ''
  const aborted = Object.entries(rounds.abortedByReason).map(([reason, count]) => `${count} ${reason}`)
  return [
    `\n${result.model} on ${data.name}: ${data.users} devices, ${data.items} items, ${data.interactions} events\n`,
    `  protocol     ${protocol.split}, ${protocol.negatives} negatives, ${protocol.ties} ties, ${metrics.bestRound === 0 ? 'no round was released' : `round ${metrics.bestRound}, best on validation`}, ${metrics.devices} devices\n`,
    row(`${protocol.perDevice} sampled`, metrics.sampled),
    row('full ranking', metrics.full),
    `  rounds       ${rounds.released} released, ${rounds.aborted} aborted${aborted.length > 0 ? ` (${aborted.join(', ')})` : ''}\n`,
    `  secure sum   ${secureSumLine(result.secureSum)}\n`,
    `  per device   ${kilobytes(result.uploadBytesPerDevice)} up, ${kilobytes(result.downloadBytesPerDevice)} down a round\n`,
    `  speed        ${result.clientUpdatesPerSecond.toLocaleString('en')} client updates/s (${result.workers} workers), ${(result.wallMs / 1000).toFixed(1)} s in all\n`,
    `  model        ${result.modelHash} (after the last round)\n`,
  ].join('')
}

function secureSumLine(sum: SimulationResult['secureSum']): string {
  const { backend, groups, neighbours, threshold, privacyBits, correctnessBits } = sum
  if (privacyBits === null || correctnessBits === null) return backend
  // Down, so that no more is promised than is there.
  const bits = `privacy 2^-${Math.floor(privacyBits)}, aborts 2^-${Math.floor(correctnessBits)}`
  return `${backend}, ${groups} ${groups === 1 ? 'group' : 'groups'}, ${neighbours} neighbours, ${threshold} shares open a secret, ${bits}`
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`
}
