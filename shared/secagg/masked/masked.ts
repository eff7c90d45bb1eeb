import type { SecureSum } from '../secure-sum.js'
import { MaskedCoordinator } from './coordinator/coordinator.js'
import type { MaskedEnvironment } from './environment.js'
import { maskedDevice } from './masked-device.js'

/** What an honest device says to each thing that it hears. */
const ANSWERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['begin', ['keys']],
  ['draw', ['reveal']],
  ['neighbours', ['shares']],
  ['deliveries', ['upload']],
  ['survivors', ['consistency']],
  ['signatures', ['unmask']],
])

/**
 * The backend of deployments: the coordinator learns the sum over each group and nothing else, though it lies.
 * SecAgg+ (Bell et al. 2020) over Bonawitz et al. 2017, hardened as docs/secure-aggregation.md says.
 */
export function maskedSum(environment: MaskedEnvironment): SecureSum {
  return {
    ...maskedDevice(environment),
    answersTo: (heard) => ANSWERS.get(heard) ?? [],
    coordinator: (plan, members) => new MaskedCoordinator(plan, members, environment),
  }
}
