import { Command } from 'commander'
import { type DemoOptions, startDemo } from '../demo/demo.js'
import { choiceOption, numberOption, textOption } from './flags.js'

const HELP = `
Runs until stopped (Ctrl-C). The coordinator keeps its models in --data-dir and goes on from there. Updates are
masked: with fewer than 34 shoppers against a coordinator that follows the protocol, with fewer than 10 not at all.

Examples:
  tacit start
  tacit start --shoppers 1000 --threads 2
  tacit start --secure-sum plain
  tacit start --data ml-100k/u.data --port 9000 --data-dir .tacit/movies`

export function startCommand(): Command {
  return new Command('start')
    .addOption(
      textOption('--data <path>', 'histories of the shoppers: a data set, or "synthetic"').default(
        'synthetic',
      ),
    )
    .addOption(numberOption('--shoppers <n>', 'devices', { min: 2, max: 20_000, integer: true }).default(200))
    .addOption(
      numberOption('--port <n>', 'port of the coordinator', { min: 0, max: 65_535, integer: true }).default(
        8787,
      ),
    )
    .addOption(textOption('--host <address>', 'address to listen on').default('127.0.0.1'))
    .addOption(textOption('--data-dir <dir>', 'folder of the embedded database').default('.tacit/data'))
    .addOption(
      numberOption('--threads <n>', 'threads that the devices live in', {
        min: 1,
        max: 64,
        integer: true,
      }).default(2),
    )
    .addOption(
      choiceOption('--secure-sum <kind>', 'how updates are summed', ['masked', 'plain']).default('masked'),
    )
    .option('--verbose', 'print the log of the coordinator')
    .addHelpText('after', HELP)
    .action((flags: DemoOptions) => startDemo(flags, process.stdout))
}
