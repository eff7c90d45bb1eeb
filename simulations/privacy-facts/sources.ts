import { blockOf, makePlan } from '@tacit/coordinator/round'
import { TASK_DEFAULTS, type TaskPrivacy } from '@tacit/coordinator/task'
import { TacitError } from '@tacit/shared/errors'
import { createModel } from '@tacit/shared/model'
import type { RoundPlan } from '@tacit/shared/protocol'
import { layoutSize, packedLength, withMetrics } from '@tacit/shared/update'
import { type AnyDataset, trainableOf } from '../data/index.js'
import type { RunData } from '../report/index.js'
import type { SimulationConfiguration } from '../runner/configuration.js'
import { PrivacyLedger, type SimulatedPrivacy, TRIAL_ROUND } from '../runner/privacy.js'
import { simulatedTask } from '../runner/simulated-task.js'
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
 * @throws what {@link simulatedTask} throws
 */
export function taskSource(dataset: AnyDataset, configuration: SimulationConfiguration): FactSource {
  const devices = trainableOf(dataset)
  const { rounds, privacy } = configuration
  const cohort = Math.min(configuration.cohort, devices)
  const { task, model, limits } = simulatedTask({ ...configuration, cohort }, dataset.catalogue, devices)
  const plan = makePlan(task, model, limits, { ...TRIAL_ROUND, invited: cohort })
  return {
    kind: 'task',
    name: dataset.name,
    model: model.name,
    devices,
    layout: plan.layout,
    secureSum: configuration.secureSum,
    uploadBytes: packedLength(layoutSize(plan.layout), plan.modulusBits),
    rounds,
    privacy: privacy && task.privacy ? planned(privacy, task.privacy, plan, rounds) : null,
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
