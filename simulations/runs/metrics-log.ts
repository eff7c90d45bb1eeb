import { createHash, type Hash } from 'node:crypto'
import { closeSync, fsyncSync, ftruncateSync, openSync } from 'node:fs'
import { TacitError } from '@tacit/shared/errors'
import type { RoundRecord } from '../runner/index.js'
import { readIfThere, writeAll, written } from './files.js'

/** How far a log went at some time. */
export interface MetricsMark {
  readonly bytes: number
  /** SHA-256 of them. */
  readonly hash: string
}

export const NO_METRICS: MetricsMark = { bytes: 0, hash: createHash('sha256').digest('hex') }

/** A run's metrics.jsonl, open for writing: a line for every round. */
export class MetricsLog {
  readonly #file: string
  readonly #descriptor: number
  readonly #hash: Hash = createHash('sha256')
  #bytes: number

  /**
   * Cuts what is beyond the mark: those rounds will be run again.
   * @throws TACIT_RUN_UNWRITABLE
   */
  constructor(file: string, from: MetricsMark = NO_METRICS) {
    const before = readIfThere(file)?.subarray(0, from.bytes) ?? new Uint8Array()
    this.#file = file
    this.#hash.update(before)
    this.#bytes = before.length
    this.#descriptor = written(file, () => {
      const descriptor = openSync(file, 'a')
      ftruncateSync(descriptor, from.bytes)
      return descriptor
    })
  }

  append(record: RoundRecord): void {
    const line = Buffer.from(`${JSON.stringify(record)}\n`)
    written(this.#file, () => writeAll(this.#descriptor, line))
    this.#hash.update(line)
    this.#bytes += line.length
  }

  /** How far it goes now, all of it on the disk. */
  mark(): MetricsMark {
    written(this.#file, () => fsyncSync(this.#descriptor))
    return { bytes: this.#bytes, hash: this.#hash.copy().digest('hex') }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

/** What is wrong with a log that should go on from a mark, if anything. */
export function metricsProblem(file: string, { bytes, hash }: MetricsMark): string | undefined {
  const content = readIfThere(file)?.subarray(0, bytes) ?? new Uint8Array()
  if (content.length < bytes) return `metrics.jsonl has ${content.length} bytes, not ${bytes}`
  const is = createHash('sha256').update(content).digest('hex')
  return is === hash ? undefined : 'metrics.jsonl was changed'
}

/**
 * Records of a log, of its first bytes where so many are asked for. A last line that was never finished, as a killed
 * process leaves it, is no record.
 * @throws TACIT_RUN_DAMAGED
 */
export function readMetrics(file: string, bytes?: number): RoundRecord[] {
  const text = readIfThere(file)?.subarray(0, bytes).toString() ?? ''
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => recordOf(line, file, index + 1))
}

function recordOf(line: string, file: string, number: number): RoundRecord {
  try {
    return JSON.parse(line) as RoundRecord
  } catch (error) {
    throw new TacitError('TACIT_RUN_DAMAGED', {
      file: `${file}:${number}`,
      problem: (error as Error).message,
    })
  }
}
