import { join } from 'node:path'
import { type DirectoryLock, lockDirectory } from '@tacit/coordinator/lock'
import { codeOf, TacitError } from '@tacit/shared/errors'
import type { SimulationResult } from '../runner/index.js'
import type { DataFile } from './data-files.js'
import type { RunEnvironment } from './environment.js'
import { readIfThere, readJson, writeJson } from './files.js'

/** A run's `configuration.json`: all that decides what comes of it. `--config` takes it, too. */
export interface RunConfiguration {
  readonly schema: 1
  /** Every option that has a value, and every setting of the model; paths are absolute. */
  readonly options: Readonly<Record<string, unknown>>
  readonly files: readonly DataFile[]
}

/** Where the parts of a run are in its folder. */
export class RunFolder {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  get holdsRun(): boolean {
    return readIfThere(this.#at('configuration.json')) !== undefined
  }

  get metricsFile(): string {
    return this.#at('metrics.jsonl')
  }

  get checkpoints(): string {
    return this.#at('checkpoint')
  }

  get models(): string {
    return this.#at('model')
  }

  get configurationFile(): string {
    return this.#at('configuration.json')
  }

  /** @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_DAMAGED */
  get configuration(): RunConfiguration {
    return this.#needed('configuration.json') as RunConfiguration
  }

  set configuration(document: RunConfiguration) {
    writeJson(this.configurationFile, document)
  }

  /** @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_DAMAGED */
  get environment(): RunEnvironment {
    return this.#needed('environment.json') as RunEnvironment
  }

  set environment(document: RunEnvironment) {
    writeJson(this.#at('environment.json'), document)
  }

  /** Of a run that has come to its end, and was not extended since. */
  get result(): SimulationResult | undefined {
    const result = readJson(this.#at('result.json')) as SimulationResult | undefined
    const rounds = result && result.rounds.released + result.rounds.aborted
    return rounds === this.configuration.options.rounds ? result : undefined
  }

  set result(result: SimulationResult) {
    writeJson(this.#at('result.json'), result)
  }

  /** One process writes to a folder. @throws TACIT_RUN_IN_USE, TACIT_RUN_UNWRITABLE */
  async lock(): Promise<DirectoryLock> {
    try {
      return await lockDirectory(this.dir)
    } catch (error) {
      const { dir } = this
      if (codeOf(error) === 'TACIT_DATA_DIR_IN_USE')
        throw new TacitError('TACIT_RUN_IN_USE', { dir, pid: (error as TacitError).details.pid! })
      throw new TacitError('TACIT_RUN_UNWRITABLE', { file: dir, problem: (error as Error).message })
    }
  }

  #needed(name: string): unknown {
    const document = readJson(this.#at(name))
    if (typeof document === 'object' && document !== null) return document
    throw new TacitError('TACIT_RUN_NOT_FOUND', { dir: this.dir, problem: `there is no ${name}` })
  }

  #at(name: string): string {
    return join(this.dir, name)
  }
}
