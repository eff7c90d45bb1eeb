import { TacitError } from '@tacit/shared/errors'
import type { Dataset } from './dataset.js'
import type { Protocol, SplitKind } from './protocol.js'
import { protocolOf, type Split, type SplitOptions, splitDataset } from './split.js'
import { type SyntheticSettings, SyntheticStore, shopperName } from './synthetic.js'

/** Synthetic data of which no history is kept: a device's is made where it is needed, from (seed, device). */
export interface SyntheticStream {
  readonly name: string
  /** Item id of each row. */
  readonly catalogue: readonly string[]
  readonly synthetic: SyntheticSettings
}

/** Data that are there, or that are made as they are needed. */
export type AnyDataset = Dataset | SyntheticStream

/**
 * A split of a stream: what follows from (seed, device) alone is not there. {@link splitDevices} makes it for the
 * devices that are asked for, to the same bits as {@link splitDataset} of the same data has for them.
 */
export interface StreamedSplit {
  readonly protocol: Protocol
  /** Size of the catalogue. */
  readonly items: number
  readonly devices: number
  readonly synthetic: SyntheticSettings
  readonly options: SplitOptions
  readonly evaluationOnlyFrom?: undefined
}

export type AnySplit = Split | StreamedSplit

/** Splits that look at no device but the one that is split. */
const BY_DEVICE: readonly SplitKind[] = ['leave-one-out', 'user-time']

export function streamOf(synthetic: SyntheticSettings): SyntheticStream {
  return { name: 'synthetic', catalogue: new SyntheticStore(synthetic).items, synthetic }
}

export function isStream(data: AnyDataset): data is SyntheticStream {
  return 'synthetic' in data
}

export function isStreamed(split: object): split is StreamedSplit {
  return 'synthetic' in split
}

/** Devices of the data that may train. */
export function trainableOf(data: AnyDataset): number {
  return isStream(data) ? data.synthetic.devices : (data.testFrom ?? data.devices.length)
}

/** Devices of the data. */
export function devicesOf(data: AnyDataset): number {
  return isStream(data) ? data.synthetic.devices : data.devices.length
}

/** @throws TACIT_SETTING_INVALID as {@link splitDataset} does, and for a split that needs all devices at once */
export function splitAny(data: AnyDataset, options: SplitOptions): AnySplit {
  if (!isStream(data)) return splitDataset(data, options)
  const protocol = protocolOf({}, options)
  if (!BY_DEVICE.includes(protocol.split)) {
    const problem = `${protocol.split} looks at all devices at once, which a stream never does: take --no-stream`
    throw new TacitError('TACIT_SETTING_INVALID', { name: 'split', problem })
  }
  const { synthetic, catalogue } = data
  return { protocol, items: catalogue.length, devices: synthetic.devices, synthetic, options }
}

/** Ids of the devices, in the data's order. */
export function idsOf(split: AnySplit): readonly string[] {
  if (!isStreamed(split)) return split.ids
  return Array.from({ length: split.devices }, (_, device) => shopperName(device))
}

/** Splits some devices of a stream. */
export class StreamSplitter {
  readonly #store: SyntheticStore
  readonly #options: SplitOptions

  constructor({ synthetic, options }: StreamedSplit) {
    this.#store = new SyntheticStore(synthetic)
    this.#options = options
  }

  /** @param numbers of the devices, ascending; all where it is not said */
  split(numbers?: Int32Array): Split {
    return splitDataset(this.#store.dataset(numbers), this.#options)
  }
}
