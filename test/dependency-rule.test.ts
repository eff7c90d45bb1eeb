// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources that are checked are text
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { violations, WORKSPACES } from './support/dependency-rule.js'
import { importsOf, scanSource } from './support/scan-source.js'

const ROOT = new URL('../', import.meta.url)

function readSources(): Map<string, string> {
  const sources = new Map<string, string>()
  for (const workspace of WORKSPACES) {
    for (const entry of readdirSync(new URL(workspace, ROOT), { recursive: true, encoding: 'utf8' })) {
      const path = `${workspace}/${entry.replaceAll('\\', '/')}`
      if (!/\.ts$/.test(path) || /\/(?:dist|node_modules)\//.test(path)) continue
      sources.set(path, readFileSync(new URL(path, ROOT), 'utf8'))
    }
  }
  return sources
}

const found = (path: string, source: string) => violations(new Map([[path, source]]))

describe('the dependency rule', () => {
  const sources = readSources()

  it('is kept by every source of the four packages', () => {
    expect(violations(sources)).toEqual([])
  })

  it('was asked of all of them', () => {
    for (const workspace of WORKSPACES) {
      const own = [...sources.keys()].filter((path) => path.startsWith(`${workspace}/`))
      expect(own.length, workspace).toBeGreaterThan(10)
    }
    const imports = [...sources.values()].flatMap((source) => importsOf(scanSource(source)))
    expect(imports.length).toBeGreaterThan(sources.size)
  })

  /** Each is the whole of a file; the problem that must be reported for it follows. */
  const broken: [path: string, source: string, problem: RegExp][] = [
    // Nothing imports upwards, and the sides of a round never import each other.
    ['shared/a/b.ts', "import { x } from '@tacit/client'", /shared may not import client/],
    [
      'shared/a/b.ts',
      "import type { X } from '@tacit/coordinator/round'",
      /shared may not import coordinator/,
    ],
    ['client/a.ts', "export * from '@tacit/coordinator'", /client may not import coordinator/],
    ['client/a.ts', "const x = await import('@tacit/simulations')", /client may not import simulations/],
    ['client/a.test.ts', "import '@tacit/coordinator'", /client may not import coordinator/],
    ['coordinator/a/b.ts', "type X = import('@tacit/client/node').X", /coordinator may not import client/],
    [
      'coordinator/a/b.ts',
      "export { x } from '@tacit/simulations'",
      /coordinator may not import simulations/,
    ],
    // No relative import leaves its package; a package does not go round by its own name.
    ['client/a.ts', "import { x } from '../shared/a/index.js'", /leaves its package/],
    ['client/deep/a.test.ts', "import { x } from '../../test/support/x.js'", /leaves its package/],
    ['simulations/a/b.ts', "import x from '../../coordinator/a.js'", /leaves its package/],
    ['client/a.ts', "import { x } from '@tacit/client'", /by relative paths/],
    ['shared/a/b.ts', "import { x } from '@tacit/shared/c'", /by relative paths/],
    // Inside shared, folders are entered by their index.
    ['shared/a/b.ts', "import { x } from '../c/d.js'", /entered by its index/],
    ['shared/a/b.test.ts', "import { x } from '../c/d.js'", /entered by its index/],
    ['shared/a/b.ts', "import { x } from '../loose.js'", /entered by its index/],
    ['shared/a/b.ts', "export { x } from '../c/deep/index.js'", /entered by its index/],
    // shared is pure.
    ['shared/a/b.ts', "import * as z from 'zod'", /zod\/mini only/],
    ['shared/a/b.ts', "import { readFileSync } from 'node:fs'", /zod\/mini only/],
    ['shared/a/b.ts', "import fs from 'fs'", /zod\/mini only/],
    ['shared/a/b.ts', "import { x } from '@noble/secp256k1'", /zod\/mini only/],
    ['shared/a/b.ts', "import fc from 'fast-check'", /zod\/mini only/],
    ['shared/a/b.test.ts', "import ws from 'ws'", /zod\/mini only/],
    ['shared/a/b.ts', 'const x = Math.random()', /uses Math.random/],
    ...['exp', 'log', 'pow', 'sin', 'cos', 'tanh', 'hypot', 'cbrt', 'log2'].map(
      (f): [string, string, RegExp] => ['shared/a/b.ts', `const x = Math . ${f}(2)`, /engines may define/],
    ),
    ['shared/a/b.ts', 'const { exp } = Math', /uses Math,/],
    ['shared/a/b.ts', "const x = Math['exp'](1)", /uses Math,/],
    ['shared/a/b.ts', 'const text = `at ${`${Math.random()}`} or so`', /uses Math.random/],
    ['shared/a/b.ts', 'const x = y ** 0.5', /another base than 2/],
    ['shared/a/b.ts', 'const x = 12 ** 3', /another base than 2/],
    ['shared/a/b.ts', 'const at = Date.now()', /uses Date/],
    ['shared/a/b.ts', 'const at = new Date()', /uses Date/],
    ['shared/a/b.ts', 'const at = performance.now()', /uses performance/],
    ['shared/a/b.ts', 'setTimeout(() => {}, 1)', /uses setTimeout/],
    ['shared/a/b.ts', "await fetch('https://example.org')", /uses fetch/],
    ['shared/a/b.ts', 'console.log(1)', /uses console/],
    // The client but for its `node` folder runs in a browser.
    ['client/a.ts', "import { randomBytes } from 'node:crypto'", /what browsers lack/],
    ['client/a.ts', "import { randomBytes } from 'crypto'", /what browsers lack/],
    ['client/deep/a.ts', "import type { WebSocket } from 'ws'", /what browsers lack/],
    ['client/a.ts', "import { nodePlatform } from './node/index.js'", /for Node alone/],
    ['client/a.ts', "import { z } from 'zod'", /zod\/mini/],
    // What cannot be read cannot be checked.
    ['client/a.ts', 'const x = await import(name)', /computed/],
    ['client/a.ts', 'const x = await import(`./${name}.js`)', /computed/],
  ]
  it.each(broken)('reports %s: %s', (path, source, problem) => {
    expect(found(path, source)).toEqual([expect.stringMatching(problem)])
    expect(found(path, source)[0]).toMatch(new RegExp(`^${path}: `))
  })

  const sound: [path: string, source: string][] = [
    [
      'shared/a/b.ts',
      "import { x } from './c.js'\nimport { y } from '../d/index.js'\nexport * from './e/f.js'",
    ],
    ['shared/a/b.ts', "import { sha256 } from '@noble/hashes/sha2.js'\nimport * as z from 'zod/mini'"],
    [
      'shared/a/b.test.ts',
      "import fc from 'fast-check'\nimport { it } from 'vitest'\nconst x = Math.exp(Date.now())",
    ],
    ['shared/a/b.ts', 'const x = Math.floor(Math.sqrt(2 ** 5)) + Math.LN2 + options.performance.now'],
    ['shared/a/b.ts', '/** x ** y, Math.random, Date.now */\nconst x = "Math.random()" // performance.now()'],
    ['client/a.ts', "import { x } from '@tacit/shared/model'"],
    [
      'client/node/a.ts',
      "import WebSocket from 'ws'\nimport { x } from 'node:fs'\nimport { y } from '../index.js'",
    ],
    [
      'client/a.test.ts',
      "import { readFileSync } from 'node:fs'\nimport { nodePlatform } from './node/index.js'",
    ],
    [
      'coordinator/a/b.ts',
      "import fastify from 'fastify'\nimport { x } from '../c/d.js'\nimport '@tacit/shared/update'",
    ],
    [
      'simulations/a/b.ts',
      "import '@tacit/client/node'\nimport '@tacit/coordinator'\nawait import('../c.js')",
    ],
    ['test/a.ts', "import { x } from '../shared/a/b.js'"],
  ]
  it.each(sound)('has nothing against %s: %s', (path, source) => {
    expect(found(path, source)).toEqual([])
  })
})

describe('scanSource and importsOf', () => {
  const imports = (source: string) => importsOf(scanSource(source))

  it('find every form of import', () => {
    const forms = [
      "import a from 'a'",
      'import b, { type c as d } from "b"',
      "import * as e from 'c'",
      "import type { F } from 'd'",
      "import 'e'",
      "export * from 'f'",
      "export * as g from 'g'",
      "export { h, type I } from 'h'",
      "export {\n  // from 'x'\n  j,\n} from 'i'",
      "const k = await import('j')",
      "const l = await import(/* x */ `k`, { with: { type: 'json' } })",
      "let m: import('l').M",
      "const n = require('m')",
    ]
    expect(imports(forms.join('\n'))).toEqual([...'abcdefghijklm'])
    for (const form of forms) expect(imports(form), form).toHaveLength(1)
  })

  it('find none in comments, text, templates and regular expressions', () => {
    const source = [
      "// import a from 'x'",
      "/* import a from 'x' */ const url = 'https://x' // '",
      `const a = "import b from 'x'"`,
      `const b = 'it\\'s' + "import('x')"`,
      "const c = `import d from 'x' ${e ? `export * from 'x'` : {}.f} import('x')`",
      `const g = /import h from 'x'/.test(i) || /['"\`/*]/.exec(j)`,
      'const k = l / m / n',
      "const o = { import: 'x', from: 'x' }",
      "p.import('x')",
      "export const from = 'x'",
      "export default 'x'",
      "import q from 'found'",
    ]
    expect(imports(source.join('\n'))).toEqual(['found'])
  })

  it('see the code inside of templates', () => {
    expect(imports("const a = `${await import('a')} and ${{ b: await import('b') }.b}`")).toEqual(['a', 'b'])
  })

  it('end on a source cut short anywhere', () => {
    const source = "import a from 'a' /* b */ `c ${d ? /e[/]/ : 'f'}` // g"
    for (let length = 0; length <= source.length; length++) {
      expect(() => imports(source.slice(0, length))).not.toThrow()
    }
  })
})
