import { join } from 'node:path'
import { writeWhole } from '../runs/files.js'
import { readRun } from '../runs/read-run.js'
import { renderReport } from './report.js'

/**
 * Writes a run's report, as far as the run has come.
 * @param file where; without it, the run's own `report.html`
 * @returns the file
 * @throws TACIT_RUN_NOT_FOUND, TACIT_RUN_DAMAGED, TACIT_RUN_UNWRITABLE
 */
export function writeReport(dir: string, file = join(dir, 'report.html')): string {
  writeWhole(file, Buffer.from(renderReport(readRun(dir))))
  return file
}
