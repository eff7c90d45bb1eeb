import { utf8ToBytes } from '@tacit/shared/bytes'
import type { EncodedModel, Model } from '@tacit/shared/model'
import { type AnyDataset, devicesOf, isStream, type Split } from '../data/index.js'
import type { FinalMetrics } from '../evaluate/index.js'
import { populationFigures } from '../population/index.js'
import type { SimulationConfiguration } from './configuration.js'
import type { GroupFigures } from './groups-seen.js'
import type { PrivacyResult } from './privacy.js'
import type { RoundRecord } from './record.js'
import type { CurvePoint, SimulationResult } from './result.js'

/** What a run has come to. */
export interface RunOutcome {
  readonly configuration: SimulationConfiguration
  readonly dataset: AnyDataset
  /** What models were measured on. */
  readonly asked: Split
  readonly model: Model
  readonly records: readonly RoundRecord[]
  /** The round that is best on validation. */
  readonly best: RoundRecord | undefined
  /** What that round's model is worth. */
  readonly measured: FinalMetrics | undefined
  /** After the last round. */
  readonly encoded: EncodedModel
  readonly uploadBytesPerDevice: number
  /** Devices that may be invited. */
  readonly trainable: number
  readonly wallMs: number
  readonly evaluationMs: number
  readonly groups: GroupFigures
  readonly privacy: PrivacyResult | null
}

export function resultOf(run: RunOutcome): SimulationResult {
  const { configuration, dataset, asked, model, records, best, measured, wallMs, evaluationMs } = run
  const cases = asked[asked.protocol.report]
  const clientUpdates = records.reduce((sum, { devices }) => sum + devices, 0)
  return {
    schema: 1,
    model: model.name,
    settings: model.settings,
    data: {
      name: dataset.name,
      users: devicesOf(dataset),
      items: dataset.catalogue.length,
      interactions: isStream(dataset) ? null : dataset.interactions,
    },
    protocol: asked.protocol,
    seed: configuration.seed,
    transport: configuration.transport,
    workers: configuration.workers,
    rounds: roundsOf(records),
    participation: configuration.cohort / run.trainable,
    clientUpdates,
    metrics: {
      sampled: measured?.sampled ?? null,
      full: measured?.full ?? null,
      bestRound: best?.round ?? 0,
      devices: new Set(cases.devices).size,
      cases: cases.devices.length,
    },
    curve: records.flatMap(pointOf),
    modelHash: run.encoded.manifest.hash,
    uploadBytesPerDevice: run.uploadBytesPerDevice,
    downloadBytesPerDevice: downloadBytes(run.encoded),
    virtualMs: Math.round(records.at(-1)?.virtualMs ?? 0),
    population: populationFigures(records.map(({ population }) => population)),
    wallMs: Math.round(wallMs),
    evaluationMs: Math.round(evaluationMs),
    clientUpdatesPerSecond: Math.round((1000 * clientUpdates) / (wallMs - evaluationMs)),
    secureSum: { backend: configuration.secureSum, ...run.groups },
    privacy: run.privacy,
  }
}

/** Bytes of the model's parts and manifest. */
export function downloadBytes(encoded: EncodedModel): number {
  const manifest = utf8ToBytes(JSON.stringify(encoded.manifest)).length
  return encoded.manifest.parts.reduce((sum, part) => sum + part.bytes, manifest)
}

function roundsOf(records: readonly RoundRecord[]): SimulationResult['rounds'] {
  const abortedByReason: Record<string, number> = {}
  let aborted = 0
  for (const { outcome, reason } of records) {
    if (outcome === 'released') continue
    aborted++
    abortedByReason[reason!] = (abortedByReason[reason!] ?? 0) + 1
  }
  return { released: records.length - aborted, aborted, abortedByReason }
}

function pointOf({ round, validation, test }: RoundRecord): CurvePoint[] {
  return validation ? [{ round, validation, test }] : []
}
