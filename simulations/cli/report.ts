import { Command } from 'commander'
import { textOption } from './flags.js'

const HELP = `
The report is one HTML file that loads nothing and works offline. A run that is not finished is shown as far as it
has come. tacit simulate --out and tacit resume write it at their end.

Examples:
  tacit report runs/first
  tacit report runs/first --out first.html
  tacit report runs/first --json > first.json

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, or a folder that holds no run.`

interface Flags {
  readonly out?: string
  readonly json?: true
}

export function reportCommand(): Command {
  return new Command('report')
    .argument('<dir>', 'the folder of a run: --out of tacit simulate')
    .addOption(textOption('--out <file>', 'where to write it (default: DIR/report.html)'))
    .option('--json', 'print what the report shows as one JSON object; a report is written only with --out')
    .addHelpText('after', HELP)
    .action(report)
}

async function report(dir: string, { out, json }: Flags): Promise<void> {
  const { writeReport } = await import('../report/index.js')
  const { readRun } = await import('../runs/read-run.js')
  if (json) process.stdout.write(`${JSON.stringify({ schema: 1, ...readRun(dir) })}\n`)
  if (json && out === undefined) return
  const file = writeReport(dir, out)
  if (!json) process.stdout.write(`${file}\n`)
}
