import { contribute } from '@tacit/client'
import { bytesToHex, encodeFloat64, hashJson, sha256Hex, utf8ToBytes } from '@tacit/shared/bytes'
import { exp, log, pow } from '@tacit/shared/kernels'
import { createModel, encodeModel, type ModelState } from '@tacit/shared/model'
import { framesOf } from '@tacit/shared/protocol'
import { Draws, type Purpose, SecureRandom, SeededRandom } from '@tacit/shared/random'
import { dequantise, layoutSize, liftSum, pack, rangeGrid, withMetrics } from '@tacit/shared/update'

const ITEMS = 60
const DEVICES = 12
const ROUNDS = 3

/** Everything pure that a device computes, as hashes and hexadecimal digits: the same wherever it runs. */
export function pureResults(): Record<string, string | string[]> {
  return {
    sha256: [sha256Hex(new Uint8Array()), sha256Hex(utf8ToBytes('abc'))],
    canonicalJson: hashJson({ b: [1, 0.1, -0, 1e21, 'é\u2028'], a: null, c: undefined }),
    threefry: words(new SeededRandom({ seed: 2 ** 40 + 7, round: 3, device: 5, purpose: 'rounding' }), 9),
    draws: draws(),
    math: math(),
    ials: training('ials', { factors: 8 }),
    popularity: training('popularity', {}),
  }
}

/** What cannot be the same twice. */
export function secureWordsDiffer(): boolean {
  const secure = new SecureRandom()
  return new Set(Array.from({ length: 64 }, () => secure.word())).size > 60
}

function words(random: SeededRandom, count: number): string[] {
  return Array.from({ length: count }, (_, index) => random.word(index).toString(16))
}

function draws(): string {
  const source = new Draws(new SeededRandom({ seed: 1, purpose: 'history' }))
  const values = Array.from({ length: 100 }, () => [source.normal(), source.uniform(), source.below(1000)])
  return bytesToHex(encodeFloat64(values.flat()))
}

function math(): string {
  const points = Array.from({ length: 50 }, (_, i) => 0.037 + i * 0.731)
  return bytesToHex(encodeFloat64(points.flatMap((x) => [exp(-x), log(x), pow(x, 0.9)])))
}

/** A few rounds of a small population: hash of each round's packed sum and frames, then of the model. */
function training(name: string, settings: Record<string, number>): string[] {
  const model = createModel(name, { items: ITEMS, population: DEVICES, share: 1, settings })
  const block = { from: 0, to: ITEMS }
  const layout = withMetrics(model.layout(block)).map((part) => ({ ...part, shape: [...part.shape] }))
  const catalogue = { hash: '0'.repeat(64), items: ITEMS }
  const plan = { block, layout, quantisationBits: 16, minimumCohort: 2, roundId: '0'.repeat(32), catalogue }
  let state = model.init(new SeededRandom({ seed: 4, purpose: 'initialise' }))
  const results: string[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const into = new Uint32Array(layoutSize(layout))
    for (let device = 0; device < DEVICES; device++) {
      const random = (purpose: Purpose) => new SeededRandom({ seed: 4, round, device, purpose })
      const rows = new Draws(random('history')).sample(
        Array.from({ length: ITEMS }, (_, row) => row),
        3 + device,
      )
      contribute({
        model,
        tensors: state.model,
        history: Int32Array.from(rows),
        heldOut: rows.at(-1),
        plan,
        random: {
          rounding: random('rounding'),
          negatives: random('negatives'),
          training: random('training'),
          noise: random('noise'),
        },
        into,
      })
    }
    const packed = pack(into, 24)
    const frames = [...framesOf(packed, round.toString(16).padStart(32, '0'), 500)]
    results.push(sha256Hex(packed), ...frames.map(sha256Hex))
    state = model.apply(state, dequantise(liftSum(into, 32), layout, rangeGrid(layout, 16)), DEVICES, block)
  }
  return [...results, hashOf(name, { ...model.settings }, state)]
}

function hashOf(name: string, settings: Record<string, number>, state: ModelState): string {
  const catalogue = { hash: '0'.repeat(64), items: ITEMS }
  const about = { task: 'pure', round: ROUNDS, model: { name, settings }, catalogue }
  return encodeModel(about, state.model).manifest.hash
}

Object.assign(globalThis, { tacitPure: { pureResults, secureWordsDiffer } })
