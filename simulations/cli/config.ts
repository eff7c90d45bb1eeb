import { MODELS, readableSettings } from '@tacit/shared/model'
import { Command } from 'commander'
import {
  configurationSchema,
  datasetOf,
  runValues,
  SIMULATE_OPTIONS,
  simulationConfiguration,
} from '../configuration/index.js'
import { flagError } from './flags.js'
import { addOptions, simulateOptions } from './options.js'

const HELP = `
Examples:
  tacit config --schema > tacit.schema.json
  tacit config --resolved --config run.yaml --set factors=64
  tacit config --resolved --data ml-100k --participation 0.1 > run.yaml

Exit codes: 0 done, 1 a failure of Tacit itself, 2 bad flags, configuration or data.`

const { out: _, ...OPTIONS } = SIMULATE_OPTIONS
const SHOWN = {
  ...OPTIONS,
  json: { ...SIMULATE_OPTIONS.json, help: 'print the resolved configuration as JSON, not as YAML' },
}

export function configCommand(): Command {
  const command = new Command('config')
    .option('--resolved', 'print every value in force, and where it came from; takes the flags of simulate')
    .option('--schema', 'print the JSON Schema of configuration files, for editors')
    .addHelpText('after', HELP)
    .action((flags: { readonly resolved?: true; readonly schema?: true }, given: Command) => {
      if ((flags.resolved ?? false) === (flags.schema ?? false)) {
        throw flagError('--resolved', 'give either --resolved or --schema')
      }
      return flags.schema ? printSchema() : printResolved(given)
    })
  return addOptions(command, SHOWN)
}

function printSchema(): void {
  process.stdout.write(`${JSON.stringify(configurationSchema(SIMULATE_OPTIONS), null, 2)}\n`)
}

/** As a run would resolve them, data and model included: what it would refuse is refused. */
async function printResolved(command: Command): Promise<void> {
  const resolved = await simulateOptions(command)
  const { values, places } = resolved
  const { Simulation } = await import('../runner/index.js')
  const dataset = datasetOf(resolved)
  const simulation = new Simulation(dataset, simulationConfiguration(resolved, dataset))
  const settings = readableSettings(MODELS.get(values.model)!, simulation.settings)
  const shown = runValues(SIMULATE_OPTIONS, { ...values, settings })
  const { configurationJson, configurationYaml } = await import('../configuration/print.js')
  process.stdout.write(values.json ? configurationJson(shown, places) : configurationYaml(shown, places))
}
