export {
  type Behaviour,
  expectedMembers,
  isLostInsteadOf,
  type Saying,
  type VanishStep,
  vanishStep,
} from './behaviour.js'
export { type Fate, type Fates, stepOf } from './fates.js'
export {
  type PopulationFigures,
  populationFigures,
  type RoundPopulation,
  roundPopulation,
} from './figures.js'
export { Population, type PopulationOptions, type RoundStart } from './population.js'
export type { PopulationSettings } from './settings.js'
