export { Draws } from './draws.js'
export {
  type Purpose,
  type Random,
  type SecretSource,
  SecureRandom,
  type SeedCoordinates,
  SeededRandom,
  SimulatedSecrets,
} from './random.js'
