import { TacitError } from '@tacit/shared/errors'
import { Command, CommanderError } from 'commander'
import { tacitVersion } from '../runs/version.js'
import { flagError } from './flags.js'

interface Subcommand {
  readonly description: string
  /** Only the command that is asked for is loaded: most of them need much more than help does. */
  readonly load: () => Promise<Command>
}

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  simulate: {
    description: 'train a model with simulated devices in virtual time and evaluate it',
    load: async () => (await import('./simulate.js')).simulateCommand(),
  },
  resume: {
    description: 'go on with a run that was stopped, or make one longer',
    load: async () => (await import('./resume.js')).resumeCommand(),
  },
  report: {
    description: 'write the report of a run: one HTML file that works offline',
    load: async () => (await import('./report.js')).reportCommand(),
  },
  sweep: {
    description: 'simulate all combinations of some settings, options and seeds, and compare them',
    load: async () => (await import('./sweep.js')).sweepCommand(),
  },
  compare: {
    description: 'runs side by side, with confidence intervals over seeds: a table, JSON, HTML',
    load: async () => (await import('./compare.js')).compareCommand(),
  },
  config: {
    description: 'show what the options of simulate come to, or what a configuration file may hold',
    load: async () => (await import('./config.js')).configCommand(),
  },
  start: {
    description: 'a coordinator and simulated shoppers as real devices, to look at',
    load: async () => (await import('./start.js')).startCommand(),
  },
  secagg: {
    description: 'secure aggregation',
    load: async () => (await import('./secagg.js')).secaggCommand(),
  },
  privacy: {
    description:
      'differential privacy: what rounds spend, what noise a budget needs, how many rounds it allows',
    load: async () => (await import('./privacy.js')).privacyCommand(),
  },
  bench: {
    description: 'measure, and print figures as JSON',
    load: async () => (await import('./bench.js')).benchCommand(),
  },
}

const HELP = `
Examples:
  tacit simulate --data ml-100k --rounds 15 --out runs/first
  tacit resume runs/first --rounds 30
  tacit report runs/first --out first.html
  tacit sweep --data ml-100k --set factors=16,32,64 --seeds 3 --out runs/grid
  tacit compare runs/first runs/grid --html comparison.html

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, configuration or data, 130 interrupted.`

export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('tacit')
    .description('Federated recommendations: browsing stays on the device, the coordinator learns only sums.')
    .version(tacitVersion())
    .addHelpText('after', HELP)
  const asked = askedFor(argv.slice(2))
  for (const [name, { description, load }] of Object.entries(SUBCOMMANDS)) {
    const command = name === asked ? await load() : new Command(name)
    program.addCommand(command.description(description))
  }
  throwInsteadOfExiting(program)
  try {
    await program.parseAsync([...argv])
    return process.exitCode === undefined ? 0 : Number(process.exitCode)
  } catch (error) {
    return report(error)
  }
}

/** `tacit NAME ...` and `tacit help NAME`. */
function askedFor(words: readonly string[]): string | undefined {
  const [first, second] = words.filter((word) => !word.startsWith('-'))
  return first === 'help' ? second : first
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride().configureOutput({ outputError: () => {} })
  for (const child of command.commands) throwInsteadOfExiting(child)
}

function report(error: unknown): number {
  // Help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : report(parserError(error))
  if (error instanceof TacitError) {
    process.stderr.write(`tacit: ${error.message} (${error.code}). ${error.advice}\n`)
    return error.status < 500 ? 2 : 1
  }
  process.stderr.write(`tacit: ${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
}

/** What the parser of arguments says, as other errors are said. */
function parserError({ message }: CommanderError): TacitError {
  const problem = message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  return flagError(/--[a-z-]+/.exec(problem)?.[0] ?? 'arguments', problem)
}
