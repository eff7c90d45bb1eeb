import { TacitError } from '@tacit/shared/errors'
import { Command } from 'commander'
import { SIMULATE_OPTIONS } from '../configuration/index.js'
import { COLUMN_ALIASES } from '../data/columns.js'
import type { RoundRecord, SimulationResult } from '../runner/index.js'
import { commandLine, resumable } from './interrupt.js'
import { addOptions, simulateOptions } from './options.js'
import { ProgressDisplay } from './progress.js'
import { summary } from './summary.js'

/** Of `simulate` and of `resume`. */
export const EXIT_CODES = `
Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, configuration or data, 130 interrupted.`

const HELP = `
Options may also be given in a YAML file (--config; keys are the flags' names, written like this: secureSum) and
in variables of the environment (TACIT_SIMULATE_SECURE_SUM). Flags override variables, and those the file;
tacit config --resolved shows what they come to, tacit config --schema what a file may hold.

With --out, Ctrl-C finishes the round under way and leaves a run that tacit resume goes on with; so does kill -9.

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
  tacit simulate --participation 0.05 --availability diurnal --round-every 30 --rounds 48
  tacit simulate --secure-sum masked --devices 60 --rounds 3
  tacit simulate --secure-sum masked --devices 20 --coordinator curious --dropout 0.1 --assumed-dropout 0.2
  tacit simulate --data ml-100k --set alpha=0.1 --set damping=0.6 --out runs/first
  tacit simulate --config run.yaml --seed 2 --out runs/second
${EXIT_CODES}`

export function simulateCommand(): Command {
  const command = new Command('simulate')
    .addHelpText('after', HELP)
    .action((_flags, given: Command) => simulate(given))
  return addOptions(command, SIMULATE_OPTIONS)
}

async function simulate(command: Command): Promise<void> {
  const resolved = await simulateOptions(command)
  const { out, json } = resolved.values
  const { startRun } = await import('../runs/index.js')
  const sitting = { commandLine: commandLine(process.argv.slice(2)), onRound: progress(json) }
  const result = await namingFlags(() =>
    out === undefined
      ? startRun(resolved, undefined, sitting)
      : resumable(out, (signal) => startRun(resolved, out, { ...sitting, signal })),
  )
  await finish(result, out, json)
}

/** Writes the report of a run that has a folder, also of one that was stopped, and prints the result if there is one. */
export async function finish(
  result: SimulationResult | undefined,
  dir: string | undefined,
  asJson: boolean,
): Promise<void> {
  // The result first: it must not be lost where a report cannot be written.
  if (result) process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : summary(result))
  if (dir === undefined) return
  const { writeReport } = await import('../report/index.js')
  const file = writeReport(dir)
  if (result && !asJson) process.stdout.write(`  report       ${file}\n`)
}

/** Shows rounds on the terminal, or on standard error where standard output is for JSON. */
export function progress(json: boolean): (record: RoundRecord, rounds: number) => void {
  const display = new ProgressDisplay(json ? process.stderr : process.stdout, () => performance.now())
  // With --json on a pipe, progress would only be noise in a log.
  const quiet = json && !process.stderr.isTTY
  return (record, rounds) => {
    if (!quiet) display.show(record, rounds)
  }
}

/** The catalogue's advice is for everyone who masks; here there are flags for it. */
async function namingFlags<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof TacitError) || error.code !== 'TACIT_SECAGG_NO_PARAMETERS') throw error
    const flags = '--cohort, --adversarial, --assumed-dropout, --coordinator curious'
    throw Object.assign(error, { advice: `${error.advice} The flags: ${flags}.` })
  }
}
