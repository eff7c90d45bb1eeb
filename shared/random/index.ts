export { Draws } from './draws.js'
export { type Purpose, type Random, SecureRandom, type SeedCoordinates, SeededRandom } from './random.js'
