import { Command } from 'commander'
import { benchSimulate } from '../bench/simulate.js'
import { numberOption, textOption } from './flags.js'

const print = (figures: object) => {
  process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
}

const counted = { min: 1, integer: true } as const

/** Benchmarks print their figures as JSON and judge nothing: machines are noisy, compare within one run. */
export function benchCommand(): Command {
  return new Command('bench')
    .description('measure, and print figures as JSON')
    .addHelpText('after', '\nExamples:\n  npm run bench -- simulate\n  npm run bench -- wire --devices 1000')
    .addCommand(
      new Command('simulate')
        .description('client updates per second of a simulation in memory')
        .addOption(
          textOption('--data <path>', 'a data set').default('../shared/data/ml-100k', '$TACIT_DATA/ml-100k'),
        )
        .addOption(numberOption('--rounds <n>', 'rounds', { ...counted, max: 1000 }).default(30))
        .addOption(numberOption('--workers <n>', 'threads', { ...counted, max: 64 }).default(2))
        .addOption(numberOption('--repeats <n>', 'runs', { ...counted, max: 100 }).default(3))
        .action(async (flags) => print(await benchSimulate({ ...flags, data: dataPath(flags.data) }))),
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
}

function dataPath(flag: string): string {
  const folder = process.env.TACIT_DATA
  return folder !== undefined && flag === '../shared/data/ml-100k' ? `${folder}/ml-100k` : flag
}
