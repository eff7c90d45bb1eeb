import { Draws, SeededRandom } from '@tacit/shared/random'
import { Shuffle } from './shuffle.js'
import type { Split, SplitWeights } from './split.js'
import type { Cases } from './split-cases.js'
import { type AnySplit, isStreamed, StreamSplitter } from './stream.js'

/** Devices that are asked where it is not said and there are more. */
export const MOST_ASKED = 20_000

/**
 * The part of a split that is asked: all of it, or where it has more devices with cases than `most`, a sample of
 * them. Devices come in an order drawn from the seed, and are taken until there are as many with validation cases
 * and as many with test cases. So of a stream no more devices are made than are asked.
 */
export function sampledSplit(split: AnySplit, seed: number, most = MOST_ASKED): Split {
  const { devices } = split
  const draws = new Draws(new SeededRandom({ seed, purpose: 'evaluation' }))
  const order = new Shuffle(draws, devices, most)
  const part = (sample: Split) => ({ ...sample, protocol: { ...split.protocol, sampledDevices: most } })
  if (isStreamed(split)) {
    const splitter = new StreamSplitter(split)
    const sample = most < devices && ofStream(splitter, order, most)
    return sample ? part(sample) : splitter.split()
  }
  const sample = most < devices && ofSplit(split, order, most)
  return sample ? part(sample) : split
}

/** Undefined where nobody is left out who could be asked. */
function ofSplit(split: Split, order: Shuffle, most: number): Split | undefined {
  const taken: number[] = []
  let validation = 0
  let test = 0
  while (validation < most || test < most) {
    const device = order.next()
    if (device === undefined) return undefined
    const isValidated = hasCases(split.validation, device)
    const isTested = hasCases(split.test, device)
    if (!(isValidated && validation < most) && !(isTested && test < most)) continue
    taken.push(device)
    if (isValidated) validation++
    if (isTested) test++
  }
  return restrict(split, Int32Array.from(taken).sort())
}

/** The same of a stream, whose devices are asked both or nothing. */
function ofStream(splitter: StreamSplitter, order: Shuffle, most: number): Split | undefined {
  let numbers = order.take(most).sort()
  for (;;) {
    const made = splitter.split(numbers)
    const asked = Int32Array.from(numbers.keys()).filter((position) => hasCases(made.test, position))
    if (asked.length === most) return restrict(made, asked)
    const more = order.take(most - asked.length)
    if (more.length === 0) return undefined
    numbers = Int32Array.from([...numbers, ...more]).sort()
  }
}

function hasCases({ first }: Cases, device: number): boolean {
  return first[device] !== first[device + 1]
}

/** @param kept positions of devices, ascending */
function restrict(split: Split, kept: Int32Array): Split {
  const { train, validation, test, weights, ids, numbers, protocol, evaluationOnlyFrom } = split
  const trained = ranges(kept, (device) => [train.offsets[device]!, train.offsets[device + 1]!])
  return {
    protocol,
    items: split.items,
    devices: kept.length,
    ids: Array.from(kept, (device) => ids[device]!),
    numbers: kept.map((device) => numbers?.[device] ?? device),
    train: { offsets: trained.offsets, items: rowsOf(train.items, trained.rows) },
    validation: restrictCases(validation, kept, protocol.perDevice),
    test: restrictCases(test, kept, protocol.perDevice),
    ...(weights && { weights: restrictWeights(split, weights, kept) }),
    ...(evaluationOnlyFrom === undefined
      ? {}
      : { evaluationOnlyFrom: kept.filter((device) => device < evaluationOnlyFrom).length }),
  }
}

function restrictCases(cases: Cases, kept: Int32Array, perDevice: number): Cases {
  const { first, offsets } = cases
  const own = ranges(kept, (device) => [first[device]!, first[device + 1]!])
  const targets = ranges(own.rows, (index) => [offsets[index]!, offsets[index + 1]!])
  const negatives = ranges(own.rows, (index) => [index * perDevice, (index + 1) * perDevice])
  const devices = new Int32Array(own.rows.length)
  kept.forEach((_, position) => {
    devices.fill(position, own.offsets[position], own.offsets[position + 1])
  })
  return {
    first: own.offsets,
    devices,
    prefix: rowsOf(cases.prefix, own.rows),
    offsets: targets.offsets,
    targets: rowsOf(cases.targets, targets.rows),
    negatives: rowsOf(cases.negatives, negatives.rows),
  }
}

function restrictWeights(
  { train: { offsets }, validation }: Split,
  { train, test }: SplitWeights,
  kept: Int32Array,
): SplitWeights {
  const validated = (device: number) => validation.offsets[validation.first[device]!]!
  const trained = ranges(kept, (device) => [offsets[device]!, offsets[device + 1]!])
  const known = ranges(kept, (device) => [
    offsets[device]! + validated(device),
    offsets[device + 1]! + validated(device + 1),
  ])
  return {
    train: Float32Array.from(trained.rows, (row) => train[row]!),
    test: Float32Array.from(known.rows, (row) => test[row]!),
  }
}

/** The places of several stretches [from, to), one after another, and where each of them begins. */
function ranges(of: Int32Array, stretch: (one: number) => readonly [from: number, to: number]) {
  const offsets = new Int32Array(of.length + 1)
  of.forEach((one, i) => {
    const [from, to] = stretch(one)
    offsets[i + 1] = offsets[i]! + to - from
  })
  const rows = new Int32Array(offsets[of.length]!)
  of.forEach((one, i) => {
    const [from] = stretch(one)
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) rows[at] = from + at - offsets[i]!
  })
  return { offsets, rows }
}

function rowsOf(values: Int32Array, rows: Int32Array): Int32Array {
  return rows.map((row) => values[row]!)
}
