import { Command } from 'commander'
import {
  datasetOf,
  type Option,
  type Options,
  SIMULATE_OPTIONS,
  simulationConfiguration,
} from '../configuration/index.js'
import { flagError, textOption } from './flags.js'
import { addOptions, flagLayer, simulateOptions } from './options.js'
import { writeOutput } from './output-file.js'

const HELP = `
A short label: who is protected, from whom and how well, what is collected and how often, and what is not covered. Of a
finished run it says what was spent; of a task, what all its rounds would spend.

Examples:
  tacit privacy facts runs/first
  tacit privacy facts runs/first --html facts.html
  tacit privacy facts --dp distributed --epsilon 4 --devices 20000 --participation 0.1 --rounds 20 --set factors=8

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, configuration or data, or a folder that holds no run.`

const { out: _, ...OPTIONS } = SIMULATE_OPTIONS
const JSON_OPTION: Option = { ...SIMULATE_OPTIONS.json, help: 'print the facts as one JSON object' }
const TASK_OPTIONS: Options = { ...OPTIONS, json: JSON_OPTION }

export function factsCommand(): Command {
  const command = new Command('facts')
    .description('a label of what a run or a task promises, and what not')
    .argument(
      '[dir]',
      'the folder of a run: --out of tacit simulate. Without it, flags say the task, as of simulate',
    )
    .addOption(textOption('--html <file>', 'write it as one HTML file, too'))
    .addHelpText('after', HELP)
    .action((dir: string | undefined, { html }: { readonly html?: string }, given: Command) =>
      facts(dir, html, given),
    )
  return addOptions(command, TASK_OPTIONS)
}

async function facts(dir: string | undefined, html: string | undefined, command: Command): Promise<void> {
  const { labelHtml, labelText, privacyFacts } = await import('../privacy-facts/index.js')
  const flags = flagLayer(command, TASK_OPTIONS).values
  const found = privacyFacts(dir === undefined ? await ofTask(command) : await ofRun(dir, flags))
  if (html !== undefined) {
    writeOutput('--html', html, labelHtml(found))
    process.stderr.write(`tacit: the label is in ${html}\n`)
  }
  process.stdout.write(flags.json === true ? `${JSON.stringify(found)}\n` : labelText(found))
}

async function ofRun(dir: string, flags: Readonly<Record<string, unknown>>) {
  const [extra] = Object.keys(flags).filter((name) => name !== 'json')
  if (extra !== undefined) throw flagError(`--${extra}`, 'a run says itself what it was')
  const { readRun } = await import('../runs/read-run.js')
  const { runSource } = await import('../privacy-facts/index.js')
  return runSource(dir, readRun(dir))
}

async function ofTask(command: Command) {
  const { taskSource } = await import('../privacy-facts/index.js')
  const resolved = await simulateOptions(command)
  const dataset = datasetOf(resolved)
  return taskSource(dataset, simulationConfiguration(resolved, dataset))
}
