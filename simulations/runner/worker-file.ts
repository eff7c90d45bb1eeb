import { fileURLToPath } from 'node:url'

/**
 * Path of a compiled worker. Threads start from JavaScript, also where the caller itself runs from
 * TypeScript sources, as it does under the test runner.
 *
 * @param url the caller's import.meta.url
 * @param relative the worker's .js file as the caller would import it
 */
export function workerFile(url: string, relative: string): string {
  const path = fileURLToPath(new URL(relative, url))
  return url.endsWith('.ts')
    ? path.replace(/([\\/])simulations([\\/])(?!.*[\\/]simulations[\\/])/, '$1simulations$2dist$2')
    : path
}

/** Node's own flags for a thread: none of the caller's, which may be a test runner's for its sources. */
export const WORKER_ARGUMENTS: string[] = []
