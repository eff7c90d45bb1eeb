import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Process } from '../support/processes.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PACKAGES = ['shared', 'client', 'coordinator', 'simulations']

/** What `npm ci` leaves: sources, dependencies, and nothing built. */
describe('a checkout in which nothing is built', () => {
  // A path that is no plain URL: a newcomer's folder may well be called so.
  const root = join(mkdtempSync(join(realpathSync(tmpdir()), 'tacit-fresh-')), 'my #1 shop')

  beforeAll(() => {
    mkdirSync(join(root, 'node_modules', '@tacit'), { recursive: true })
    for (const entry of readdirSync(join(ROOT, 'node_modules'))) {
      if (entry !== '@tacit')
        symlinkSync(join(ROOT, 'node_modules', entry), join(root, 'node_modules', entry))
    }
    const isSource = (path: string) => !['dist', 'node_modules'].includes(basename(path))
    for (const name of PACKAGES) {
      cpSync(join(ROOT, name), join(root, name), { recursive: true, filter: isSource })
      symlinkSync(join(root, name), join(root, 'node_modules', '@tacit', name))
    }
    for (const file of ['package.json', 'tsconfig.base.json']) cpSync(join(ROOT, file), join(root, file))
  })
  afterAll(() => rmSync(join(root, '..'), { recursive: true, force: true }))

  it.each(['coordinator/bin/tacit-coordinator.js', 'simulations/bin/tacit.js'])(
    '%s builds what it needs',
    async (bin) => {
      const process = new Process(join(root, bin), ['--help'])
      expect(await process.exit(), process.output).toBe(0)
      expect(process.output).toMatch(/Usage: tacit/)
    },
  )
})
