import { availableParallelism, cpus } from 'node:os'
import { type CryptoSuite, platformSuite } from '@tacit/shared/crypto'
import { addNoise, type NoiseKind, noiseTable } from '@tacit/shared/dp/noise'
import { SecureRandom, SeededRandom } from '@tacit/shared/random'
import { groupParameters } from '@tacit/shared/secagg'
import { maskingFor } from './secagg/cases.js'
import { rounded } from './secagg/stopwatch.js'
import { summarise } from './summary.js'

export interface NoiseBenchOptions {
  /** Length of the vector. */
  readonly values: number
  /** Sizes of groups whose masks it is compared with. */
  readonly groups: readonly number[]
  readonly repeats: number
}

interface SamplerFigures {
  readonly kind: NoiseKind
  /** In steps. */
  readonly deviation: number
  readonly source: 'secure' | 'seeded'
  readonly tableMs: number
  readonly nsPerValue: number
  readonly overOneMask: number
  /** Over all masks of a device of a group, by the group's size. */
  readonly overMasks: Readonly<Record<string, number>>
}

interface Contender {
  readonly name: string
  readonly run: () => Promise<void>
}

const KINDS: readonly NoiseKind[] = ['discrete-gaussian', 'skellam']
const DEVIATIONS = [0.3, 50, 1000, 4096, 16_384]
/** A contender's turn goes on for as many values at least, so that short vectors can be timed. */
const TURN_VALUES = 2 ** 18

/** Nanoseconds for each value of a vector: of its noise and of its masks, one after another in every repeat. */
export async function benchNoise({ values, groups, repeats }: NoiseBenchOptions): Promise<object> {
  const suite = await platformSuite()
  const into = new Uint32Array(values)
  const maskings = groups.map((devices) => ({ devices, masks: masksOf(devices) }))
  const counts = [1, ...new Set(maskings.map(({ masks }) => masks))]
  const tables = tableMs()
  const contenders = [
    ...counts.map((masks) => ({ name: `${masks}`, run: masking(suite, masks, into) })),
    ...tables.flatMap((one) => SOURCES.map((source) => sampling(one, source, into))),
  ]
  const times = await alternate(contenders, values, repeats)
  const samplers = tables.flatMap((one) =>
    SOURCES.map(([source]): SamplerFigures => {
      const spent = times.get(nameOf(one, source))!
      return {
        ...one,
        source,
        nsPerValue: rounded(spent),
        overOneMask: rounded(spent / times.get('1')!),
        overMasks: Object.fromEntries(
          maskings.map(({ devices, masks }) => [devices, rounded(spent / times.get(`${masks}`)!)]),
        ),
      }
    }),
  )
  return {
    bench: 'noise',
    machine: { cpu: cpus()[0]?.model, threads: availableParallelism() },
    versions: { node: process.versions.node, v8: process.versions.v8, openssl: process.versions.openssl },
    suite: suite.name,
    ...{ values, repeats },
    oneMaskNsPerValue: rounded(times.get('1')!),
    masks: maskings.map((one) => ({ ...one, nsPerValue: rounded(times.get(`${one.masks}`)!) })),
    samplers,
  }
}

/** A device's own mask and one for each neighbour. */
function masksOf(devices: number): number {
  return groupParameters(maskingFor({ devices, certified: undefined }, 0), devices, devices)!.neighbours + 1
}

/** Builds the tables for their time. */
function tableMs() {
  return KINDS.flatMap((kind) =>
    DEVIATIONS.map((deviation) => {
      const began = performance.now()
      noiseTable(kind, deviation ** 2)
      return { kind, deviation, tableMs: rounded(performance.now() - began) }
    }),
  )
}

const SOURCES = [
  ['secure', new SecureRandom()],
  ['seeded', new SeededRandom({ seed: 1, purpose: 'noise' })],
] as const

interface Noise {
  readonly kind: NoiseKind
  readonly deviation: number
}

function nameOf({ kind, deviation }: Noise, source: string): string {
  return `${kind} ${deviation} ${source}`
}

function sampling(noise: Noise, [source, random]: (typeof SOURCES)[number], into: Uint32Array): Contender {
  const table = noiseTable(noise.kind, noise.deviation ** 2)
  return { name: nameOf(noise, source), run: async () => addNoise(table, random, into) }
}

function masking(suite: CryptoSuite, count: number, into: Uint32Array): () => Promise<void> {
  const random = new SecureRandom()
  const masks = Array.from({ length: count }, (_, i) => ({
    key: random.bytes(32),
    sign: i % 2 === 0 ? (1 as const) : (-1 as const),
  }))
  return () => suite.addMasks(masks, into)
}

/** Medians, by name, of nanoseconds a value. The first turn of each warms it up. */
async function alternate(
  contenders: readonly Contender[],
  values: number,
  repeats: number,
): Promise<Map<string, number>> {
  const times = new Map<string, number[]>(contenders.map(({ name }) => [name, []]))
  const runs = Math.ceil(TURN_VALUES / values)
  for (let repeat = 0; repeat <= repeats; repeat++) {
    for (const { name, run } of contenders) {
      const began = performance.now()
      for (let i = 0; i < runs; i++) await run()
      const spent = ((performance.now() - began) * 1e6) / (runs * values)
      if (repeat > 0) times.get(name)!.push(spent)
    }
  }
  return new Map([...times].map(([name, all]) => [name, summarise(all).median]))
}
