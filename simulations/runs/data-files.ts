import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { TacitError } from '@tacit/shared/errors'
import { type Options, SIMULATE_OPTIONS, type Values } from '../configuration/index.js'
import { locate } from '../data/locate.js'

/** A file that decides what comes of a run. */
export interface DataFile {
  /** The option that names it, or the folder it is in. */
  readonly option: string
  readonly name: string
  readonly bytes: number
  readonly sha256: string
}

/** All files that a run's options name. @throws TACIT_DATA_UNREADABLE, TACIT_DATA_UNDECIDABLE */
export async function dataFilesOf(values: Values): Promise<DataFile[]> {
  const files: DataFile[] = []
  for (const [option, path] of filePaths(SIMULATE_OPTIONS, values)) {
    for (const file of option === 'data' ? dataSetFiles(path) : [path]) {
      files.push({ option, name: basename(file), ...(await hashed(file)) })
    }
  }
  return files
}

/** The same values with paths that mean the same from every folder. */
export function withAbsolutePaths(values: Values): Record<string, unknown> {
  const absolute = filePaths(SIMULATE_OPTIONS, values).map(([name, path]) => [name, resolve(path)] as const)
  return { ...values, ...Object.fromEntries(absolute) }
}

/** What is not as it was, if anything. */
export function filesProblem(before: readonly DataFile[], now: readonly DataFile[]): string | undefined {
  for (const { option, name, sha256 } of before) {
    const found = now.find((file) => file.option === option && file.name === name)
    if (!found) return `${option}: the file ${name} is no longer there`
    if (found.sha256 !== sha256) return `${option}: the file ${name} has changed`
  }
  const added = now.find(
    ({ option, name }) => !before.some((file) => file.option === option && file.name === name),
  )
  return added && `${added.option}: the file ${added.name} was not there`
}

function filePaths(options: Options, values: Values): [name: string, path: string][] {
  return Object.entries(options).flatMap(([name, option]): [string, string][] => {
    const path = values[name]
    return option.isFile && typeof path === 'string' && !option.notFiles?.includes(path) ? [[name, path]] : []
  })
}

function dataSetFiles(path: string): string[] {
  const files = locate(path)
  if (files.kind === 'trio') return [files.train, files.test, files.negative]
  return files.test === undefined ? [files.main] : [files.main, files.test]
}

async function hashed(file: string): Promise<Pick<DataFile, 'bytes' | 'sha256'>> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk)
    return { bytes: (await stat(file)).size, sha256: hash.digest('hex') }
  } catch (error) {
    throw new TacitError('TACIT_DATA_UNREADABLE', { file, problem: (error as Error).message })
  }
}
