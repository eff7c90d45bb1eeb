import { availableParallelism, cpus } from 'node:os'
import { type CryptoSuite, platformSuite } from '@tacit/shared/crypto'
import { type CaseFigures, type CaseOptions, dropoutFor, maskingFor, runCase } from './secagg/cases.js'
import { type Certified, certify } from './secagg/credentials.js'
import { goalsOf } from './secagg/goals.js'
import { type MemoryFigures, measureMemory } from './secagg/memory.js'
import { QUANTISATION_BITS } from './secagg/recording.js'

export interface SecaggBenchOptions {
  /** Sizes of groups. */
  readonly groups: readonly number[]
  /** Lengths of vectors. */
  readonly values: readonly number[]
  /** Fewer devices sampled, no losses but 10 %, certified rounds only, and no cases besides those asked for. */
  readonly quick: boolean
  readonly progress: (line: string) => void
}

const DROPOUTS = [0, 0.1, 0.3]
const SAMPLED = 5
const BATCH_MS = 16
/** Where the goals are set, besides the groups and lengths asked for. */
const GOAL_VALUES = 1e5
const GOAL_DEVICES = 100
const MEMORY_DEVICES = 50
const REFERENCE = { devices: 1000, neighbours: 96 }

/**
 * The masked sum over one group: times of a device and of the coordinator over what the primitives alone would take
 * on this machine, bytes over those of `plain`, and memory. Everything runs on one thread.
 */
export async function benchSecagg(options: SecaggBenchOptions): Promise<object> {
  const suite = await platformSuite()
  const batchMs = options.quick ? BATCH_MS / 4 : BATCH_MS
  const most = options.quick ? 0 : REFERENCE.devices
  const certified = await certify(Math.max(...options.groups, most), suite)
  const cases: CaseFigures[] = []
  for (const one of casesOf(options, { suite, batchMs }, certified)) cases.push(await runCase(one))
  const memory = await memoryOf(options, suite)
  return {
    bench: 'secagg',
    machine: { cpu: cpus()[0]?.model, threads: availableParallelism() },
    versions: { node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl },
    suite: suite.name,
    quantisationBits: QUANTISATION_BITS,
    cases,
    memory,
    goals: goalsOf(cases, memory),
  }
}

function casesOf(
  options: SecaggBenchOptions,
  tools: { readonly suite: CryptoSuite; readonly batchMs: number },
  certified: Certified,
): CaseOptions[] {
  const { groups, values, quick, progress } = options
  const common = { ...tools, progress, sampled: quick ? 3 : SAMPLED }
  const dropouts = quick ? [0, 0.1] : DROPOUTS
  const cases: CaseOptions[] = groups.flatMap((devices) =>
    values.flatMap((length) => {
      const one = { ...common, devices, values: length }
      const sure = { ...one, certified, dropouts }
      // Who vouches makes no difference to what losses cost.
      return quick ? [sure] : [sure, { ...one, certified: undefined, dropouts: [0] }]
    }),
  )
  if (quick) return cases
  const goal = { ...common, values: GOAL_VALUES, certified }
  if (!groups.includes(GOAL_DEVICES)) cases.push({ ...goal, devices: GOAL_DEVICES, dropouts })
  const { devices, neighbours } = REFERENCE
  const assumedDropout = dropoutFor(devices, neighbours)
  if (assumedDropout !== undefined) cases.push({ ...goal, devices, assumedDropout, dropouts: [0] })
  return cases
}

/** With a small group, for memory that grows with vectors does not with devices. */
async function memoryOf(options: SecaggBenchOptions, suite: CryptoSuite): Promise<MemoryFigures[]> {
  const devices = Math.min(...options.groups, MEMORY_DEVICES)
  const masking = maskingFor({ devices, certified: undefined }, 0)
  const figures: MemoryFigures[] = []
  for (const values of options.values) {
    options.progress(`memory: ${devices} devices, ${values} values`)
    figures.push(await measureMemory({ devices, values, masking, lost: Math.floor(devices / 10), suite }))
  }
  return figures
}
