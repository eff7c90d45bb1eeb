import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { WORKSPACES } from './support/dependency-rule.js'
import { importsOf, scanSource } from './support/scan-source.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const TESTING = /(?:^|\/)testing\//
/** A stand-in for a backend, of which other packages' tests make use. It holds no secrets, and is not published. */
const OPEN_TO_TESTS = ['@tacit/shared/secagg/testing']

/** Sources of all packages by their paths from the root. */
const sources = WORKSPACES.flatMap((workspace) =>
  readdirSync(join(ROOT, workspace), { recursive: true, encoding: 'utf8' })
    .map((path) => `${workspace}/${path.replaceAll('\\', '/')}`)
    .filter((path) => /\.(?:ts|json)$/.test(path) && !/\/(?:dist|node_modules)\//.test(path)),
)

/** Whatever one could try to import of what lies in a folder `testing`. */
function specifiersOf(path: string): string[] {
  const bare = path.replace(/\.\w+$/, '')
  return [path, bare, `${bare}.js`, dirname(path)].map((name) => `@tacit/${name}`)
}

/** Those of which Node finds a file, under this condition of `exports`. */
function reachable(specifiers: readonly string[], condition: string): string[] {
  const script = `
    const found = JSON.parse(process.argv[1]).flatMap((specifier) => {
      try { return [[specifier, import.meta.resolve(specifier)]] } catch { return [] }
    })
    console.log(JSON.stringify(found))`
  // Run from a package that may import all others.
  const options = { cwd: join(ROOT, 'simulations'), encoding: 'utf8' } as const
  const flags = [`--conditions=${condition}`, '--input-type=module', '--eval', script]
  const found: [string, string][] = JSON.parse(
    execFileSync(process.execPath, [...flags, JSON.stringify(specifiers)], options),
  )
  return found.filter(([, url]) => existsSync(fileURLToPath(url))).map(([specifier]) => specifier)
}

describe('what lies in a folder `testing`', () => {
  const helpers = sources.filter((path) => TESTING.test(path))
  const specifiers = [...new Set(helpers.flatMap(specifiersOf))]

  it('is not exported by any package', () => {
    expect(helpers).toContain('shared/secagg/masked/testing/transcript.ts')
    // That resolving finds what there is.
    expect(reachable(['@tacit/shared/secagg'], 'tacit-source')).toHaveLength(1)
    expect(reachable(specifiers, 'tacit-source')).toEqual(OPEN_TO_TESTS)
    const built = reachable(specifiers, 'default')
    expect(built.filter((specifier) => !OPEN_TO_TESTS.includes(specifier))).toEqual([])
  })

  it('is not imported by what is no test', () => {
    const importers = sources.filter((path) => /(?<!\.test)\.ts$/.test(path) && !TESTING.test(path))
    expect(importers.length).toBeGreaterThan(200)
    const wrong = importers.flatMap((path) =>
      importsOf(scanSource(readFileSync(join(ROOT, path), 'utf8')))
        .filter((specifier) => /\/testing(?:\/|$)|\.test\.js$/.test(specifier ?? ''))
        .map((specifier) => `${path} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  const folder = mkdtempSync(join(tmpdir(), 'tacit-pack-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(WORKSPACES)('is not published with @tacit/%s, nor are tests', (workspace) => {
    const place = join(folder, workspace)
    for (const file of [
      'a.js',
      'a.test.js',
      'a.test.d.ts',
      'testing/a.js',
      'b/c/testing/a.js',
      'b/c/a.test.js',
    ]) {
      mkdirSync(dirname(join(place, 'dist', file)), { recursive: true })
      writeFileSync(join(place, 'dist', file), '')
    }
    const manifest = JSON.parse(readFileSync(join(ROOT, workspace, 'package.json'), 'utf8'))
    const { name, version, files } = manifest
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version, files }))
    const report = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: place,
      encoding: 'utf8',
      stdio: 'pipe',
    })
    const packed: { files: { path: string }[] }[] = JSON.parse(report)
    expect(packed[0]!.files.map(({ path }) => path).toSorted()).toEqual(['dist/a.js', 'package.json'])
  })
})
