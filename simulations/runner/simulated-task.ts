import { makePlan, type RoundLimits } from '@tacit/coordinator/round'
import {
  catalogueReference,
  modelOf,
  privateBits,
  TASK_DEFAULTS,
  type TaskDefinition,
  type TaskPrivacy,
} from '@tacit/coordinator/task'
import type { Model } from '@tacit/shared/model'
import { layoutSize, packedLength, withMetrics } from '@tacit/shared/update'
import { SIMULATED_MASKING, type SimulationConfiguration, simulatedLimits } from './configuration.js'
import { checkNoise, checkPrivacy, type SimulatedPrivacy, TRIAL_ROUND, taskPrivacy } from './privacy.js'

/** What a coordinator would be told to train. */
export interface SimulatedTask {
  readonly task: TaskDefinition
  readonly model: Model
  readonly limits: RoundLimits
}

/**
 * The task of a simulation, private where that is asked for: then with the least noise that keeps its rounds within
 * epsilon, where that is what is said.
 *
 * @param trainable devices that train
 * @throws TACIT_MODEL_UNKNOWN, TACIT_SETTING_UNKNOWN, TACIT_SETTING_INVALID, TACIT_MODULUS_TOO_LARGE, and of privacy
 *   TACIT_CONFIG_INVALID, TACIT_PRIVACY_INVALID, TACIT_NOISE_INVALID
 */
export function simulatedTask(
  configuration: SimulationConfiguration,
  catalogue: readonly string[],
  trainable: number,
): SimulatedTask {
  const open: TaskDefinition = {
    ...TASK_DEFAULTS,
    // Not the data set's: a folder may be called what no task can.
    name: 'simulation',
    model: configuration.model,
    settings: configuration.settings,
    population: trainable,
    share: configuration.cohort / trainable,
    catalogue: catalogueReference(catalogue),
    blockRows: configuration.blockRows,
    secureSum: configuration.secureSum,
    masking: { ...SIMULATED_MASKING, ...configuration.masking, identity: 'anonymous' },
  }
  const model = modelOf(open)
  const limits = simulatedLimits(configuration, vectorBytes(open, model))
  const { privacy } = configuration
  if (!privacy) return { task: open, model, limits }
  checkPrivacy(configuration, trainable)
  const task = privateTask(open, settledPrivacy(privacy, { task: open, model, limits }, configuration))
  checkNoise(makePlan(task, model, limits, TRIAL_ROUND), privacy)
  return { task, model, limits }
}

function privateTask(task: TaskDefinition, privacy: TaskPrivacy): TaskDefinition {
  return { ...task, privacy, quantisationBits: privateBits(privacy.noiseMultiplier) }
}

function settledPrivacy(
  privacy: SimulatedPrivacy,
  { task, model, limits }: SimulatedTask,
  { cohort, rounds }: SimulationConfiguration,
): TaskPrivacy {
  const planOf = (settled: TaskPrivacy) => makePlan(privateTask(task, settled), model, limits, TRIAL_ROUND)
  const { largestGroup } = limits
  return taskPrivacy(privacy, { rounds, share: task.share, cohort, largestGroup }, planOf)
}

/** Bytes of a packed vector at its largest, whatever modulus a round needs. */
function vectorBytes({ blockRows, catalogue }: TaskDefinition, model: Model): number {
  const rows = Math.min(blockRows, catalogue.items)
  return packedLength(layoutSize(withMetrics(model.layout({ from: 0, to: rows }))), 32)
}
