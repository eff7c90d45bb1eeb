import { Command } from 'commander'
import type { AccuracyGoal } from '../report/index.js'
import { textOption } from './flags.js'
import { metricOption, reachOption } from './goal.js'

const HELP = `
Runs whose configuration differs in the seed alone are replicates of one group: means, standard deviations and
95 % intervals are over their seeds. Differences are against the first group, so name first what others are compared
with. Groups of different protocols or data are marked, and not set against each other.

Examples:
  tacit compare runs/first runs/second
  tacit compare runs/grid --html grid.html
  tacit compare runs/ials runs/bpr-mf runs/fcf --reach hr@10=0.65
  tacit compare runs/grid --metric full.hr@20,full.ndcg@20 --json > grid.json

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, or a folder that holds no run.`

interface Flags {
  readonly json?: true
  readonly html?: string
  readonly metric?: readonly string[]
  readonly reach?: AccuracyGoal
}

export function compareCommand(): Command {
  return new Command('compare')
    .argument('<dir...>', 'runs, sweeps (all their runs), or folders with runs directly below them')
    .addOption(metricOption())
    .addOption(reachOption())
    .option('--json', 'print the comparison as one JSON object')
    .addOption(textOption('--html <file>', 'write it as one HTML file, too'))
    .addHelpText('after', HELP)
    .action(compare)
}

async function compare(dirs: readonly string[], { json, html, metric, reach }: Flags): Promise<void> {
  const { compareFolders } = await import('../sweep/index.js')
  const { comparisonText, renderComparison } = await import('../report/index.js')
  const comparison = compareFolders(dirs, { goal: reach, metrics: metric })
  if (html !== undefined) {
    const { writeWhole } = await import('../runs/files.js')
    writeWhole(html, Buffer.from(renderComparison(comparison)))
  }
  process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : comparisonText(comparison))
}
