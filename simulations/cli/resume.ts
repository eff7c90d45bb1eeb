import { Command } from 'commander'
import { type Options, SIMULATE_OPTIONS } from '../configuration/index.js'
import { commandLine, resumable } from './interrupt.js'
import { addOptions, flagLayer } from './options.js'
import { EXIT_CODES, finish, progress } from './simulate.js'

const { data, rounds, workers, transport, checkpointEvery, json } = SIMULATE_OPTIONS

/** What a run that goes on may be told: nothing that would make it another one. */
const RESUME_OPTIONS = {
  rounds: { ...rounds, help: 'rounds in all, to make the run longer', default: undefined },
  workers: { ...workers, help: `${workers.help}, from now on`, default: undefined },
  transport: { ...transport, help: `${transport.help}, from now on`, default: undefined },
  data: { ...data, help: 'where the data are now', default: undefined },
  checkpointEvery: {
    ...checkpointEvery,
    help: 'seconds from one checkpoint to the next',
    default: undefined,
  },
  json,
} satisfies Options

const HELP = `
The result is that of a run that was never stopped, to the bit, but for what clocks say. A run whose data, options or
version of Tacit are not what they were is refused. Of a finished run the result is printed again.

Examples:
  tacit resume runs/first
  tacit resume runs/first --workers 4
  tacit resume runs/first --rounds 100      (not where the noise was chosen for --epsilon)
${EXIT_CODES}`

export function resumeCommand(): Command {
  const command = new Command('resume')
    .argument('<dir>', 'the folder of a run: --out of tacit simulate')
    .addHelpText('after', HELP)
    .action((dir: string, _flags, given: Command) => resume(dir, given))
  return addOptions(command, RESUME_OPTIONS)
}

async function resume(dir: string, command: Command): Promise<void> {
  const changes = flagLayer(command, RESUME_OPTIONS)
  const asJson = changes.values.json === true
  const { resumeRun } = await import('../runs/index.js')
  const result = await resumable(dir, async (signal) => {
    const sitting = { commandLine: commandLine(process.argv.slice(2)), onRound: progress(asJson), signal }
    const { result, wasFinished } = await resumeRun(dir, changes, sitting)
    if (wasFinished) process.stderr.write('tacit: the run is finished; this is its result\n')
    return result
  })
  await finish(result, dir, asJson)
}
