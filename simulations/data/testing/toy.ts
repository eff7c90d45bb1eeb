import type { Dataset } from '../dataset.js'
import type { Split } from '../split.js'
import { type Cases, targetsOf } from '../split-cases.js'

/** A data set of ten items in which each device has had the rows given, in that order. */
export function toy(histories: readonly (readonly number[])[], more: Partial<Dataset> = {}): Dataset {
  const offsets = new Int32Array(histories.length + 1)
  for (const [d, rows] of histories.entries()) offsets[d + 1] = offsets[d]! + rows.length
  const items = Int32Array.from(histories.flat())
  return {
    name: 'toy',
    format: 'delimited',
    catalogue: [...'abcdefghij'],
    devices: histories.map((_, d) => `d${d}`),
    behaviours: ['event'],
    histories: {
      offsets,
      items,
      times: Float64Array.from(items.keys()),
      behaviours: new Uint8Array(items.length),
    },
    interactions: items.length,
    ...more,
  }
}

/** The same with a time for each event. */
export function timed(histories: readonly (readonly (readonly [item: number, time: number])[])[]): Dataset {
  const plain = toy(histories.map((events) => events.map(([item]) => item)))
  const times = Float64Array.from(histories.flatMap((events) => events.map(([, time]) => time)))
  return { ...plain, histories: { ...plain.histories, times } }
}

/** The rows that each device trains on. */
export function trained({ devices, train: { offsets, items } }: Split): number[][] {
  return Array.from({ length: devices }, (_, d) => [...items.subarray(offsets[d], offsets[d + 1])])
}

/** Of each case its device, and how many rows it folds in, and its targets. */
export function asked(cases: Cases): { device: number; prefix: number; targets: number[] }[] {
  return Array.from(cases.devices, (device, index) => ({
    device,
    prefix: cases.prefix[index]!,
    targets: [...targetsOf(cases, index)],
  }))
}
