import { epsilonOf, WIDE_ORDERS } from '@tacit/shared/dp/accounting'
import { TacitError } from '@tacit/shared/errors'
import { privacyEvents, runSource } from '../privacy-facts/index.js'
import { readRun } from '../runs/read-run.js'
import { basisText, type Reckoned, type Spent, upwards } from './privacy-mechanism.js'

/** The epsilons of a run, reckoned anew from its noise. */
export interface ReckonedRun extends Omit<Spent, 'order'> {
  /** Null where it is trusted. */
  readonly epsilonAgainstCoordinator: number | null
  /** What the run itself says it spent. */
  readonly said: { readonly epsilon: number; readonly epsilonAgainstCoordinator: number | null }
  /** The command that says the same of the releases; null where flags cannot: a release may have more noise than one group makes. */
  readonly command: string | null
}

const WIDE = { orders: WIDE_ORDERS }

/** @throws TACIT_RUN_NOT_FOUND also where the run had no noise */
export function reckonRun(dir: string): ReckonedRun {
  const run = readRun(dir)
  const { privacy, layout } = runSource(dir, run)
  if (!privacy) {
    const problem = 'there is one without differential privacy, and no epsilon is claimed for it'
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir, problem })
  }
  const { delta, accountant, mechanism, epsilon, epsilonAgainstCoordinator } = privacy
  const capped = typeof run.configuration.participations === 'number'
  const { released, guarded, dimension } = privacyEvents(privacy, layout, capped)
  const together = privacy.mode === 'distributed'
  const hasMore = privacy.noiseMakers !== null
  const oneGroup = !together || (privacy.smallestGroup ?? privacy.minimumCohort) === privacy.minimumCohort
  const flags = {
    ...{ mechanism, dimension, noise: privacy.noiseMultiplier },
    ...(mechanism === 'discrete-gaussian' &&
      together && { group: privacy.minimumCohort, colluding: privacy.adversarial }),
    ...{ sampling: released.sampling, rounds: released.rounds, delta, accountant },
  } satisfies Reckoned & Readonly<Record<string, unknown>>
  return {
    epsilon: epsilonOf([released], delta, accountant, WIDE),
    epsilonAgainstCoordinator: guarded && epsilonOf([guarded], delta, accountant, WIDE),
    delta,
    accountant,
    mechanism,
    said: { epsilon, epsilonAgainstCoordinator },
    command: oneGroup && !hasMore && privacy.mode !== 'local' ? commandOf(flags) : null,
  }
}

function commandOf(flags: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(flags).map(([name, value]) => `--${name} ${value}`)
  return `tacit privacy epsilon ${words.join(' ')}`
}

/** A line for each epsilon, and how to come to the first one by flags. */
export function runText(run: ReckonedRun): string {
  const { epsilon, epsilonAgainstCoordinator, delta, accountant, mechanism, command } = run
  const basis = `at delta ${delta} ${basisText(mechanism, accountant)}`
  return [
    `epsilon ${upwards(epsilon)} against those who see releases, ${basis}`,
    epsilonAgainstCoordinator === null
      ? 'no bound against the coordinator (it is trusted)'
      : `epsilon ${upwards(epsilonAgainstCoordinator)} against the coordinator, ${basis}`,
    ...(command === null ? [] : [`the first by flags: ${command}`]),
  ].join('\n')
}
