import { blockOf, makePlan } from '@tacit/coordinator/round'
import {
  catalogueReference,
  modelOf,
  privateBits,
  TASK_DEFAULTS,
  type TaskDefinition,
  type TaskPrivacy,
} from '@tacit/coordinator/task'
import { TacitError } from '@tacit/shared/errors'
import { createModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { layoutSize, packedLength, withMetrics } from '@tacit/shared/update'
import { type AnyDataset, trainableOf } from '../data/index.js'
import type { RunData } from '../report/index.js'
import { type SimulationConfiguration, simulatedLimits } from '../runner/configuration.js'
import { PrivacyLedger, type SimulatedPrivacy, TRIAL_ROUND, taskPrivacy } from '../runner/privacy.js'
import type { FactSource, SpentPrivacy } from './facts.js'

/**
 * What a finished run spent.
 * @throws TACIT_RUN_NOT_FOUND where it is not finished
 */
export function runSource(dir: string, { name, configuration, result, rounds }: RunData): FactSource {
  if (!result) {
    const problem = 'none that is finished: go on with it, or give the options of a task'
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir, problem })
  }
  const { privacy, data, settings, participation: share } = result
  const task = { items: data.items, population: data.users, share, settings }
  const { colluding, adaptiveClip, block } = configuration
  const last = rounds.findLast(({ outcome }) => outcome === 'released')?.round ?? 1
  const rows = typeof block === 'number' ? block : TASK_DEFAULTS.blockRows
  const segments = createModel(result.model, task).layout(blockOf(data.items, rows, last))
  return {
    kind: 'run',
    name: `${name} (${data.name})`,
    model: result.model,
    devices: data.users,
    layout: withMetrics(segments, privacy?.clip),
    secureSum: result.secureSum.backend,
    uploadBytes: result.uploadBytesPerDevice,
    rounds: result.rounds.released,
    privacy: privacy && {
      ...privacy,
      adversarial: typeof colluding === 'number' ? colluding : 0,
      adaptiveClip: adaptiveClip !== undefined,
    },
  }
}

/**
 * What a task would spend in all its rounds, before it has any.
 * @throws TACIT_PRIVACY_INVALID, and what models throw
 */
export function taskSource(dataset: AnyDataset, configuration: SimulationConfiguration): FactSource {
  const devices = trainableOf(dataset)
  const task = definitionOf(dataset, configuration, devices)
  const model = modelOf(task)
  const limits = simulatedLimits(configuration, 1)
  const { cohort, rounds, privacy } = configuration
  const planOf = (settled: TaskPrivacy | undefined, quantisationBits: number) =>
    makePlan({ ...task, quantisationBits, ...(settled && { privacy: settled }) }, model, limits, {
      ...TRIAL_ROUND,
      invited: cohort,
    })
  const shape = { rounds, share: task.share, cohort, largestGroup: limits.largestGroup }
  const settled =
    privacy && taskPrivacy(privacy, shape, (one) => planOf(one, privateBits(one.noiseMultiplier)))
  const plan = planOf(
    settled,
    settled ? privateBits(settled.noiseMultiplier) : TASK_DEFAULTS.quantisationBits,
  )
  return {
    kind: 'task',
    name: dataset.name,
    model: model.name,
    devices,
    layout: plan.layout,
    secureSum: configuration.secureSum,
    uploadBytes: packedLength(layoutSize(plan.layout), plan.modulusBits),
    rounds,
    privacy: privacy && settled ? planned(privacy, settled, plan, rounds) : null,
  }
}

function definitionOf(
  dataset: AnyDataset,
  { model, settings, cohort, blockRows, secureSum }: SimulationConfiguration,
  devices: number,
): TaskDefinition {
  return {
    ...TASK_DEFAULTS,
    name: 'task',
    model,
    settings,
    population: devices,
    share: Math.min(1, cohort / devices),
    catalogue: catalogueReference(dataset.catalogue),
    blockRows,
    secureSum,
  }
}

function planned(
  privacy: SimulatedPrivacy,
  settled: TaskPrivacy,
  plan: RoundPlan,
  rounds: number,
): SpentPrivacy {
  const { minimumCohort, delta, accountant, participations = rounds } = privacy
  const { epsilon, epsilonAgainstCoordinator } = new PrivacyLedger(privacy).record(
    plan,
    rounds,
    minimumCohort,
    0,
  )
  return {
    ...settled,
    epsilon,
    epsilonAgainstCoordinator,
    delta,
    accountant,
    rounds,
    participations: Math.min(rounds, participations),
    minimumCohort,
    smallestGroup: settled.smallestGroup ?? null,
    noiseMakers: settled.noiseMakers ?? null,
    adaptiveClip: settled.adaptiveClip !== undefined,
  }
}
