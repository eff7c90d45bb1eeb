import { Command, InvalidArgumentError } from 'commander'
import { benchSimulate } from '../bench/simulate.js'
import { benchPrivacyCommand } from './bench-privacy.js'
import { flagError, numberOption, textOption, valueOption } from './flags.js'

const print = (figures: object) => {
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}

const counted = { min: 1, integer: true } as const

/** Benchmarks print their figures as JSON and judge nothing: machines are noisy, compare within one run. */
export function benchCommand(): Command {
  return new Command('bench')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run bench -- simulate --model bpr-mf\n  npm run bench -- rank\n  npm run bench -- memory\n  npm run bench -- accuracy --only ials --seeds 1\n  npm run bench -- wire --devices 1000\n  npm run bench -- secagg --groups 50,200\n  npm run bench -- noise\n  npm run bench -- privacy --only ml-100k --epsilon 4,8',
    )
    .addCommand(
      new Command('simulate')
        .description('client updates per second of a simulation in memory')
        .addOption(
          textOption('--data <path>', 'a data set').default('../shared/data/ml-100k', '$TACIT_DATA/ml-100k'),
        )
        .addOption(textOption('--model <name>', 'model').default('ials'))
        .addOption(numberOption('--rounds <n>', 'rounds', { ...counted, max: 1000 }).default(60))
        .addOption(numberOption('--workers <n>', 'threads', { ...counted, max: 64 }).default(2))
        .addOption(numberOption('--repeats <n>', 'runs', { ...counted, max: 100 }).default(3))
        .action(async (flags) => print(await benchSimulate({ ...flags, data: dataPath(flags.data) }))),
    )
    .addCommand(
      new Command('memory')
        .description('memory after so many rounds of a small simulation: what grows, and what should')
        .addOption(numberOption('--devices <n>', 'devices', { min: 8, max: 1e5, integer: true }).default(200))
        .addOption(
          countsOption('--rounds <n,...>', 'rounds after which to look, ascending', {
            min: 1,
            max: 1e6,
          }).default([100, 500, 1000], '100,500,1000'),
        )
        .addOption(textOption('--model <name>', 'model').default('ials'))
        .addOption(numberOption('--workers <n>', 'threads', { ...counted, max: 64 }).default(2))
        .action(async (flags) => {
          const { benchMemory } = await import('../bench/memory.js')
          print(await benchMemory(flags))
        }),
    )
    .addCommand(
      new Command('rank')
        .description('seconds to rank every device of a population among all items')
        .addOption(numberOption('--devices <n>', 'devices', { ...counted, max: 1e6 }).default(6040))
        .addOption(
          numberOption('--items <n>', 'items of the catalogue', { min: 2, max: 1e6, integer: true }).default(
            3706,
          ),
        )
        .addOption(
          numberOption('--factors <k>', 'length of an item factor', { ...counted, max: 256 }).default(32),
        )
        .addOption(numberOption('--history <n>', 'items of a history', { ...counted, max: 1e5 }).default(165))
        .addOption(numberOption('--workers <n>', 'threads', { ...counted, max: 64 }).default(2))
        .addOption(numberOption('--repeats <n>', 'runs', { ...counted, max: 100 }).default(5))
        .action(async (flags) => {
          const { benchRank } = await import('../bench/rank.js')
          print(await benchRank(flags))
        }),
    )
    .addCommand(
      new Command('accuracy')
        .description('what the models reach on public data: mean and deviation over seeds')
        .addOption(
          textOption('--data <dir>', 'folder of the data sets').default('../shared/data', '$TACIT_DATA'),
        )
        .addOption(numberOption('--seeds <n>', 'runs of each', { ...counted, max: 100 }).default(5))
        .addOption(numberOption('--workers <n>', 'threads', { ...counted, max: 64 }).default(2))
        .addOption(textOption('--only <text>', 'only lines whose data and name hold this'))
        .addOption(textOption('--write <file>', 'write the tables into this document, between its marks'))
        .action(accuracy),
    )
    .addCommand(
      new Command('wire')
        .description('rounds of real devices on WebSockets against one coordinator')
        .addOption(
          numberOption('--devices <n>', 'devices', { min: 2, max: 20_000, integer: true }).default(1000),
        )
        .addOption(
          numberOption('--items <n>', 'items of the catalogue', { min: 50, max: 1e6, integer: true }).default(
            2000,
          ),
        )
        .addOption(
          numberOption('--factors <k>', 'length of an item factor', { ...counted, max: 256 }).default(32),
        )
        .addOption(numberOption('--rounds <n>', 'rounds', { ...counted, max: 1000 }).default(3))
        .addOption(numberOption('--threads <n>', 'threads of devices', { ...counted, max: 64 }).default(2))
        .action(async (flags) => {
          const { benchWire } = await import('../bench/wire.js')
          print(await benchWire(flags))
        }),
    )
    .addCommand(
      new Command('secagg')
        .description('the masked sum over one group: time, bytes and memory, and the goals set for them')
        .addOption(
          countsOption('--groups <n,...>', 'devices of a group', { min: 12, max: 10_000 }).default(
            [50, 200, 1000],
            '50,200,1000',
          ),
        )
        .addOption(
          countsOption('--values <n,...>', 'values of a vector', { min: 1, max: 1e7 }).default(
            [1e4, 1e5, 1e6],
            '10000,100000,1000000',
          ),
        )
        .option('--quick', 'fewer devices sampled, certified rounds only, 0 and 10 % lost', false)
        .action(async (flags) => {
          const { benchSecagg } = await import('../bench/secagg.js')
          const progress = (line: string) => void process.stderr.write(`${line}\n`)
          print(await benchSecagg({ ...flags, progress }))
        }),
    )
    .addCommand(
      new Command('noise')
        .description('noise for differential privacy against the masks of the same vector')
        .addOption(
          numberOption('--values <n>', 'values of a vector', { ...counted, max: 1e7 }).default(100_000),
        )
        .addOption(
          countsOption('--groups <n,...>', 'devices of a group', { min: 12, max: 10_000 }).default(
            [100, 1000],
            '100,1000',
          ),
        )
        .addOption(numberOption('--repeats <n>', 'runs of each', { ...counted, max: 100 }).default(7))
        .action(async (flags) => {
          const { benchNoise } = await import('../bench/noise.js')
          print(await benchNoise(flags))
        }),
    )
    .addCommand(benchPrivacyCommand(print))
}

interface AccuracyFlags {
  readonly data: string
  readonly seeds: number
  readonly workers: number
  readonly only?: string
  readonly write?: string
}

async function accuracy({ data, write, ...flags }: AccuracyFlags): Promise<void> {
  const { measureAccuracy, partlyMeasured } = await import('../bench/accuracy/measure.js')
  const [partly] = write !== undefined && flags.only !== undefined ? partlyMeasured(flags.only) : []
  if (partly)
    throw flagError('--write', `--only leaves lines of ${partly} out, and its table would lose them`)
  const progress = (line: string) => void process.stderr.write(`${line}\n`)
  const folder = data === '../shared/data' ? (process.env.TACIT_DATA ?? data) : data
  const figures = await measureAccuracy({ ...flags, data: folder, progress })
  if (write !== undefined) {
    const { writeTables } = await import('../bench/accuracy/document.js')
    writeTables(write, figures)
  }
  print(figures)
}

/** Whole numbers with commas between them. */
function countsOption(flags: string, description: string, { min, max }: { min: number; max: number }) {
  return valueOption(flags, description, (text) =>
    text.split(',').map((part) => {
      const count = Number(part)
      if (!Number.isInteger(count) || count < min || count > max) {
        throw new InvalidArgumentError(`It is not a list of whole numbers in [${min}, ${max}].`)
      }
      return count
    }),
  )
}

function dataPath(flag: string): string {
  const folder = process.env.TACIT_DATA
  return folder !== undefined && flag === '../shared/data/ml-100k' ? `${folder}/ml-100k` : flag
}
