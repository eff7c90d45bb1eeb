import { createModel, encodeModel, type Model, type Tensors } from '@tacit/shared/model'
import type { CoordinatorMessage, RoundPlan } from '@tacit/shared/protocol'
import { type Random, SeededRandom } from '@tacit/shared/random'
import { withMetrics } from '@tacit/shared/update'
import { Catalogue } from '../catalogue.js'
import type { ContributionPurpose } from '../contribution.js'
import type { Fetch } from '../download.js'
import { DEFAULT_LIMITS, type DeviceLimits } from '../guard.js'
import type { FetchedModel } from '../model-source.js'

const ITEMS = 24
const MODEL = { population: 10, share: 1, settings: { factors: 4 } }

/** A small task as a coordinator would publish it. */
export interface Sample {
  readonly catalogue: Catalogue
  readonly model: Model
  readonly tensors: Tensors
  readonly fetched: FetchedModel
  readonly plan: RoundPlan
  readonly begin: Extract<CoordinatorMessage, { type: 'begin' }>
  readonly limits: DeviceLimits
  /** What the coordinator serves, by path. */
  readonly served: Map<string, Uint8Array<ArrayBuffer>>
  readonly fetch: Fetch
}

export function sample(seed = 1): Sample {
  const catalogue = new Catalogue(Array.from({ length: ITEMS }, (_, row) => `item-${row}`))
  const identity = { hash: catalogue.hash, items: ITEMS }
  const model = createModel('ials', { items: ITEMS, ...MODEL })
  const state = model.init(new SeededRandom({ seed, purpose: 'initialise' }))
  const about = { name: model.name, settings: { ...model.settings } }
  const { manifest, parts } = encodeModel(
    { task: 'homepage', round: 0, model: about, catalogue: identity },
    state.model,
  )
  const block = { from: 0, to: ITEMS }
  const roundId = seed.toString(16).padStart(32, '0')
  const served = new Map<string, Uint8Array<ArrayBuffer>>([
    ['/v1/tasks/homepage/model', json(manifest)],
    [`/v1/parts/${catalogue.hash}`, json(catalogue.ids)],
  ])
  for (const [hash, bytes] of parts) served.set(`/v1/parts/${hash}`, bytes)
  return {
    catalogue,
    model,
    tensors: state.model,
    fetched: { manifest, tensors: state.model },
    plan: {
      task: 'homepage',
      round: 1,
      roundId,
      model: { name: 'ials', ...MODEL, hash: manifest.hash },
      catalogue: identity,
      block,
      layout: withMetrics(model.layout(block)).map((segment) => ({ ...segment, shape: [...segment.shape] })),
      quantisationBits: 16,
      modulusBits: 20,
      secureSum: 'plain',
      largestGroup: 10,
      minimumCohort: 2,
    },
    begin: { type: 'begin', roundId, manifest: '/v1/tasks/homepage/model' },
    limits: { ...DEFAULT_LIMITS, secureSums: ['plain'], minimumCohort: 2, task: 'homepage' },
    served,
    fetch: async (url) => {
      const bytes = served.get(new URL(url).pathname)
      return bytes ? new Response(bytes) : new Response('', { status: 404 })
    },
  }
}

/** Seeded draws of one device in round 1. */
export function randomOf(device: number): Record<ContributionPurpose, Random> {
  const at = { seed: 5, round: 1, device }
  return {
    rounding: new SeededRandom({ ...at, purpose: 'rounding' }),
    negatives: new SeededRandom({ ...at, purpose: 'negatives' }),
    training: new SeededRandom({ ...at, purpose: 'training' }),
    noise: new SeededRandom({ ...at, purpose: 'noise' }),
  }
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}
