#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { buildStale } from './build.js'

buildStale(fileURLToPath(new URL('..', import.meta.url)))
const { main } = await import('../dist/cli.js')
process.exitCode = await main(process.argv)
