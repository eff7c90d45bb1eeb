import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Collects garbage, though Node was not started with --expose-gc. What lies outside the heap goes with the next one. */
export function collect(): void {
  gc()
  gc()
}
