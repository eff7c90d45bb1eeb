import { dataSource, syntheticStream } from '../cli/data-source.js'
import { type AnyDataset, trainableOf } from '../data/index.js'
import type { BufferedSettings } from '../runner/buffered-rounds.js'
import { SIMULATED_MASKING, type SimulationConfiguration } from '../runner/configuration.js'
import { LEAST_COHORT, type SimulateOptions, SYNTHETIC_DEVICES } from './options.js'
import { populationOf } from './population-options.js'
import { privacyOf } from './privacy-options.js'
import { protocolOf } from './protocol-options.js'
import type { Resolved } from './resolve.js'
import { settingsOf } from './settings.js'

/** The data that a run is about. @throws TACIT_DATA_... */
export function datasetOf({ values }: Resolved<SimulateOptions>): AnyDataset {
  const synthetic = { devices: values.devices ?? SYNTHETIC_DEVICES, seed: values.seed }
  return values.stream ? syntheticStream(synthetic) : dataSource(values.data, synthetic)
}

/**
 * What options mean for a data set.
 * @throws TACIT_FLAG_INVALID, TACIT_CONFIG_INVALID, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID
 */
export function simulationConfiguration(
  resolved: Resolved<SimulateOptions>,
  dataset: AnyDataset,
): SimulationConfiguration {
  const { values } = resolved
  const devices = trainableOf(dataset)
  if (values.cohort !== undefined && values.cohort > devices) {
    throw resolved.refuse('cohort', `the data have ${devices} devices to train on`)
  }
  const asked = values.cohort ?? Math.round(devices * (values.participation ?? 1))
  if (values.dp !== undefined && asked < LEAST_COHORT) {
    const problem = `of ${devices} devices that is ${asked}, and noise is reckoned for ${LEAST_COHORT} of them at least`
    throw resolved.refuse('participation', problem)
  }
  const cohort = Math.max(LEAST_COHORT, asked)
  const privacy = privacyOf(values, { devices, cohort, dropout: values.dropout })
  return {
    model: values.model,
    settings: settingsOf(resolved),
    rounds: values.rounds,
    cohort,
    seed: values.seed,
    workers: values.workers,
    transport: values.transport,
    secureSum: values.secureSum,
    masking: {
      coordinator: values.coordinator ?? SIMULATED_MASKING.coordinator,
      adversarial: values.adversarial ?? SIMULATED_MASKING.adversarial,
      dropout: values.assumedDropout ?? SIMULATED_MASKING.dropout,
    },
    dropout: values.dropout,
    latencyMs: values.latency,
    population: populationOf(values),
    protocol: protocolOf(values),
    ...(privacy && { privacy }),
    ...(values.mode === 'buffered' && { buffered: bufferedOf(resolved, devices, cohort) }),
    blockRows: values.block,
  }
}

function bufferedOf(resolved: Resolved<SimulateOptions>, devices: number, cohort: number): BufferedSettings {
  const { values } = resolved
  const free = devices - cohort
  const { concurrency = Math.min(3 * cohort, free), availability = 'always', trace, transport } = values
  if (concurrency < 1 || concurrency > free) {
    const problem = `beside a round of ${cohort}, there are ${free} of the ${devices} devices to be at work`
    throw resolved.refuse(values.concurrency === undefined ? 'mode' : 'concurrency', problem)
  }
  if (availability !== 'always' || trace !== undefined) {
    throw resolved.refuse('mode', 'buffered rounds are for devices that are always there')
  }
  if (transport === 'wire') throw resolved.refuse('mode', 'buffered rounds are for the transport in memory')
  return { concurrency, maxStaleness: values.maxStaleness! }
}
