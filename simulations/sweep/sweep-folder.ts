import { join } from 'node:path'
import { type DirectoryLock, lockDirectory } from '@tacit/coordinator/lock'
import { codeOf, TacitError } from '@tacit/shared/errors'
import { type Options, SIMULATE_OPTIONS, type Values } from '../configuration/index.js'
import { type DataFile, filesProblem } from '../runs/data-files.js'
import { differenceOf } from '../runs/difference.js'
import { readIfThere, readJson, writeJson, writeWhole } from '../runs/files.js'
import { RunFolder } from '../runs/run-folder.js'
import { type Axis, sameText, shortNameOf, valueText } from './axis.js'

/** A sweep's `sweep.json`. */
export interface SweepDocument {
  readonly schema: 1
  /** What decides the runs and is the same in all of them. */
  readonly base: Values
  /** Of the data, where they are the same in all of them. */
  readonly files: readonly DataFile[]
  readonly axes: readonly Axis[]
}

/** A sweep's folder: its runs are folders below it, by their names. */
export class SweepFolder {
  readonly dir: string

  constructor(dir: string) {
    this.dir = dir
  }

  /** @throws TACIT_RUN_DAMAGED; undefined where there is none */
  get document(): SweepDocument | undefined {
    return readJson(this.#at('sweep.json')) as SweepDocument | undefined
  }

  set document(document: SweepDocument) {
    writeJson(this.#at('sweep.json'), document)
  }

  run(name: string): RunFolder {
    return new RunFolder(this.#at(name))
  }

  /** @throws TACIT_RUN_EXISTS where the folder is itself that of a run */
  refuseRun(): void {
    if (new RunFolder(this.dir).holdsRun) throw new TacitError('TACIT_RUN_EXISTS', { dir: this.dir })
  }

  hasReport(name: string): boolean {
    return readIfThere(this.#at(name, 'report.html')) !== undefined
  }

  /** @returns the file to look at */
  writeComparison(document: unknown, page: string): string {
    writeJson(this.#at('comparison.json'), document)
    const file = this.#at('comparison.html')
    writeWhole(file, Buffer.from(page))
    return file
  }

  /** One sweep writes to a folder. @throws TACIT_RUN_IN_USE, TACIT_RUN_UNWRITABLE */
  async lock(): Promise<DirectoryLock> {
    const { dir } = this
    try {
      return await lockDirectory(dir)
    } catch (error) {
      if (codeOf(error) === 'TACIT_DATA_DIR_IN_USE')
        throw new TacitError('TACIT_RUN_IN_USE', { dir, pid: (error as TacitError).details.pid! })
      throw new TacitError('TACIT_RUN_UNWRITABLE', { file: dir, problem: (error as Error).message })
    }
  }

  #at(...path: string[]): string {
    return join(this.dir, ...path)
  }
}

/**
 * A sweep may grow: more values of what it varies. Its runs so far keep their names.
 * @returns the axes to go on with, in the order that the folder has
 * @throws TACIT_SWEEP_CHANGED for anything else
 */
export function grownAxes(dir: string, before: SweepDocument, now: SweepDocument): readonly Axis[] {
  const changed = (problem: string) => new TacitError('TACIT_SWEEP_CHANGED', { dir, problem })
  const problem = differenceOf(known(before.base), known(now.base)) ?? filesProblem(before.files, now.files)
  if (problem) throw changed(problem)
  const axes = before.axes.map((axis) => {
    const found = now.axes.find(({ option }) => option === axis.option)
    if (!found) throw changed(`it varies ${shortNameOf(axis)}`)
    return { option: axis.option, values: together(axis, found.values, changed) }
  })
  const added = now.axes.find(({ option }) => !before.axes.some((axis) => axis.option === option))
  if (added) throw changed(`it does not vary ${shortNameOf(added)}`)
  return axes
}

function together(axis: Axis, now: readonly unknown[], changed: (problem: string) => TacitError): unknown[] {
  const texts = new Set(now.map(sameText))
  const missing = axis.values.find((value) => !texts.has(sameText(value)))
  if (missing !== undefined)
    throw changed(`its ${shortNameOf(axis)} has the value ${valueText(missing)}, too`)
  const old = new Set(axis.values.map(sameText))
  return [...axis.values, ...now.filter((value) => !old.has(sameText(value)))]
}

/** Files may move: they are known by their hashes. */
function known(base: Values): Record<string, unknown> {
  const options: Options = SIMULATE_OPTIONS
  return Object.fromEntries(Object.entries(base).filter(([name]) => !options[name]?.isFile))
}
