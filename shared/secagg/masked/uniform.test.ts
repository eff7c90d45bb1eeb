import { describe, expect, it } from 'vitest'
import { unpack } from '../../update/index.js'
import { play } from './testing/play.js'

/**
 * The quantile of a chi-square distribution (Wilson and Hilferty 1931, "The distribution of chi-square").
 * @param z the normal quantile of the same probability
 */
function chiSquareQuantile(degrees: number, z: number): number {
  const a = 2 / (9 * degrees)
  const root = 1 - a + z * a ** 0.5
  return degrees * root * root * root
}

/** The normal distribution exceeds it once in a million. */
const ONCE_IN_A_MILLION = 4.7534

function chiSquare(values: Iterable<number>, cells: number): number {
  const counts = new Float64Array(cells)
  let total = 0
  for (const value of values) {
    counts[value]!++
    total++
  }
  const expected = total / cells
  return counts.reduce((sum, count) => sum + ((count - expected) * (count - expected)) / expected, 0)
}

const DEVICES = 12
const LENGTH = 4096
const MASKING = { adversarial: 0.01, dropout: 0.001 }

const uploadsOf = async (modulusBits: number, vectorOf: (device: number) => Uint32Array, seed: number) => {
  const { end } = await play({
    devices: DEVICES,
    masking: MASKING,
    plan: { length: LENGTH, modulusBits },
    vectorOf,
    seed,
  })
  return [...end.uploads].toSorted(([a], [b]) => a - b).map(([, upload]) => upload)
}

/** False alarms: each comparison once in 10^6 rounds with fresh secrets; with these seeds always the same. */
describe('what the coordinator sees of a vector', () => {
  it.each([
    ['nothing', 0],
    ['the same number everywhere', 7],
    ['the largest number', 2 ** 24 - 1],
  ])('has uniform bytes though the vector has %s', async (_name, value) => {
    const uploads = await uploadsOf(24, () => new Uint32Array(LENGTH).fill(value), 3)
    const limit = chiSquareQuantile(255, ONCE_IN_A_MILLION)
    expect(uploads).toHaveLength(DEVICES)
    for (const upload of uploads) expect(chiSquare(upload, 256)).toBeLessThan(limit)
    expect(
      chiSquare(
        uploads.flatMap((upload) => [...upload]),
        256,
      ),
    ).toBeLessThan(limit)
  })

  it('has uniform words where they do not end with a byte', async () => {
    const uploads = await uploadsOf(11, () => new Uint32Array(LENGTH), 4)
    const limit = chiSquareQuantile(2047, ONCE_IN_A_MILLION)
    const words = uploads.flatMap((upload) => [...unpack(upload, 11, LENGTH)])
    expect(chiSquare(words, 2048)).toBeLessThan(limit)
  })

  it('has uniform differences between devices, and between rounds', async () => {
    const [one, two] = [
      await uploadsOf(24, () => new Uint32Array(LENGTH), 5),
      await uploadsOf(24, () => new Uint32Array(LENGTH), 6),
    ]
    const limit = chiSquareQuantile(255, ONCE_IN_A_MILLION)
    const differences = (a: Uint8Array, b: Uint8Array) => a.map((byte, i) => byte ^ b[i]!)
    for (let device = 0; device < DEVICES; device++) {
      expect(chiSquare(differences(one[device]!, two[device]!), 256)).toBeLessThan(limit)
      expect(chiSquare(differences(one[device]!, one[(device + 1) % DEVICES]!), 256)).toBeLessThan(limit)
    }
  })

  it('would not pass for uniform without masks', () => {
    const vector = Uint8Array.from({ length: 3 * LENGTH }, (_, i) => i % 3)
    expect(chiSquare(vector, 256)).toBeGreaterThan(chiSquareQuantile(255, ONCE_IN_A_MILLION))
    // The quantile of tables, at 0.001: 330.52.
    expect(chiSquareQuantile(255, 3.0902)).toBeCloseTo(330.5, 0)
  })
})
