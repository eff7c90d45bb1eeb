#!/usr/bin/env node
// In a checkout, builds what is stale (well under a second when nothing is); in a published package there
// is nothing to build.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const project = fileURLToPath(new URL('../tsconfig.json', import.meta.url))
if (existsSync(project)) {
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
  const tsc = fileURLToPath(new URL('./bin/tsc', `file://${compiler}`))
  const built = spawnSync(process.execPath, [tsc, '-b', project], { encoding: 'utf8' })
  if (built.status !== 0) {
    process.stderr.write(`${built.stdout}${built.stderr}tacit: the build failed\n`)
    process.exit(1)
  }
}
// Whoever read the output has seen enough (`| head`): that is no failure of ours.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv)
