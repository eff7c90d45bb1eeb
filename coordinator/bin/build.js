import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/**
 * In a checkout, builds what is stale of a package and of those it depends on, well under a second when
 * nothing is. A published package or an image has no compiler beside it, and nothing to build.
 *
 * @param {string} folder the package's own
 */
export function buildStale(folder) {
  const compiler = compilerFor(folder)
  if (!compiler) return
  const built = spawnSync(process.execPath, [compiler, '-b', folder], { encoding: 'utf8' })
  if (built.status === 0) return
  process.stderr.write(`${built.stdout}${built.stderr}tacit: the build failed\n`)
  process.exit(1)
}

/** @param {string} folder */
function compilerFor(folder) {
  if (!existsSync(join(folder, 'tsconfig.json'))) return undefined
  try {
    const found = createRequire(join(folder, 'package.json')).resolve('typescript/package.json')
    return join(dirname(found), 'bin', 'tsc')
  } catch {
    return undefined
  }
}
