#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { buildStale } from '@tacit/coordinator/build'

buildStale(fileURLToPath(new URL('..', import.meta.url)))
// Whoever read the output has seen enough (`| head`): that is no failure of ours.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})
const { main } = await import('../dist/cli/main.js')
process.exitCode = await main(process.argv)
