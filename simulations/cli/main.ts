import { TacitError } from '@tacit/shared/errors'
import { Command, CommanderError } from 'commander'
import { benchCommand } from './bench.js'
import { secaggCommand } from './secagg.js'
import { simulateCommand } from './simulate.js'
import { startCommand } from './start.js'

/** Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags or data. */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('tacit')
    .description('Federated recommendations: browsing stays on the device, the coordinator learns only sums.')
    .version('0.1.0')
    .addCommand(simulateCommand())
    .addCommand(startCommand())
    .addCommand(secaggCommand())
    .addCommand(benchCommand())
  throwInsteadOfExiting(program)
  try {
    await program.parseAsync([...argv])
    return process.exitCode === undefined ? 0 : Number(process.exitCode)
  } catch (error) {
    return report(error)
  }
}

function throwInsteadOfExiting(command: Command): void {
  command.exitOverride().configureOutput({ outputError })
  for (const child of command.commands) throwInsteadOfExiting(child)
}

function report(error: unknown): number {
  // Commander has printed its own message; its help and version end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof TacitError) {
    process.stderr.write(`tacit: ${error.message} (${error.code}). ${error.advice}\n`)
    return error.status < 500 ? 2 : 1
  }
  process.stderr.write(`tacit: ${error instanceof Error ? error.stack : String(error)}\n`)
  return 1
}

function outputError(text: string, write: (text: string) => void): void {
  write(`${text.trim().replace(/^error: /, 'tacit: ')} See --help.\n`)
}
