import { TacitError } from '../../errors/index.js'

/**
 * Checks that steps of this size with the proximal term of FedProx (Li et al. 2020, "Federated Optimization in
 * Heterogeneous Networks") alone would approach the model, and not leap across it.
 * @throws TACIT_SETTING_INVALID
 */
export function checkProximal(proximal: number, rate: number): void {
  if (proximal * rate <= 1) return
  const problem = `${proximal} times the size of a step, ${rate}, is above 1`
  throw new TacitError('TACIT_SETTING_INVALID', { name: 'proximal', problem })
}
