import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { importsOf, scanSource } from './scan-source.js'

/**
 * The dependency rule of DESIGN section 2: simulations -> coordinator, client -> shared. Nothing imports
 * upwards, client and coordinator never import each other, a package is entered by its name and a folder of
 * shared by its index, shared is pure, and the client but for its `node` folder runs in a browser.
 */
const BELOW = {
  shared: [],
  client: ['shared'],
  coordinator: ['shared'],
  simulations: ['shared', 'client', 'coordinator'],
} as const satisfies Record<string, readonly string[]>

type Workspace = keyof typeof BELOW
export const WORKSPACES = Object.keys(BELOW) as Workspace[]

interface Importer {
  readonly path: string
  readonly workspace: Workspace
  /** Tests, and what only they use, see the tools and the platform; never another package's insides. */
  readonly isTest: boolean
}

/** What is wrong with one import, if anything. `target` is the path of a relative one. */
type Rule = (from: Importer, specifier: string, target: string | undefined) => string | undefined

const RULES: readonly Rule[] = [staysWithin, looksDown, entersByIndex, keepsSharedPure, keepsClientPortable]

/**
 * Checks TypeScript sources by their paths from the root of the repository (those of other folders than the
 * four packages are ignored). Answers what breaks the rule, each as `path: problem`.
 */
export function violations(sources: ReadonlyMap<string, string>): string[] {
  return [...sources].flatMap(([path, source]) => {
    const workspace = WORKSPACES.find((name) => path.startsWith(`${name}/`))
    if (!workspace) return []
    const from: Importer = { path, workspace, isTest: /\.test\.ts$|\/testing\//.test(path) }
    const scanned = scanSource(source)
    const problems = importsOf(scanned).flatMap((specifier) => checkImport(from, specifier))
    return [...problems, ...impurities(from, scanned.code)].map((problem) => `${path}: ${problem}`)
  })
}

function checkImport(from: Importer, specifier: string | undefined): string[] {
  if (specifier === undefined) return ['imports a module whose name is computed']
  const isRelative = /^\.\.?(\/|$)/.test(specifier)
  const target = isRelative ? posix.join(posix.dirname(from.path), specifier) : undefined
  return RULES.flatMap((rule) => rule(from, specifier, target) ?? []).map(
    (problem) => `imports ${specifier}: ${problem}`,
  )
}

function staysWithin({ workspace }: Importer, _: string, target: string | undefined): string | undefined {
  if (target === undefined || target.startsWith(`${workspace}/`)) return undefined
  return 'a relative import leaves its package'
}

function looksDown({ workspace }: Importer, specifier: string): string | undefined {
  const other = /^@tacit\/([^/]+)/.exec(specifier)?.[1]
  if (other === undefined) return undefined
  if (other === workspace) return 'a package reaches its own files by relative paths'
  const below: readonly string[] = BELOW[workspace]
  return below.includes(other) ? undefined : `${workspace} may not import ${other}`
}

function entersByIndex(
  { path, workspace }: Importer,
  _: string,
  target: string | undefined,
): string | undefined {
  if (workspace !== 'shared' || !target?.startsWith('shared/')) return undefined
  const folder = folderOf(target)
  if (folder === folderOf(path) || target === `${folder}/index.js`) return undefined
  return 'another folder of shared is entered by its index.js'
}

/** `shared/model` of `shared/model/deep/file.ts`. */
function folderOf(path: string): string {
  return path.split('/').slice(0, 2).join('/')
}

function keepsSharedPure(
  { workspace, isTest }: Importer,
  specifier: string,
  target?: string,
): string | undefined {
  if (workspace !== 'shared' || target !== undefined || specifier.startsWith('@tacit/')) return undefined
  const allowed = isTest
    ? /^(?:@noble\/|zod\/mini$|vitest$|fast-check$|node:)/
    : /^(?:@noble\/(?:hashes|curves|ciphers)\/|zod\/mini$)/
  return allowed.test(specifier) ? undefined : 'shared imports itself, @noble and zod/mini only'
}

function keepsClientPortable(
  { path, workspace, isTest }: Importer,
  specifier: string,
  target?: string,
): string | undefined {
  if (workspace !== 'client' || isTest || path.startsWith('client/node/')) return undefined
  if (target?.startsWith('client/node/'))
    return 'client/node is for Node alone, and the client for browsers too'
  if (isBuiltin(specifier) || /^ws(\/|$)/.test(specifier))
    return 'only client/node imports what browsers lack'
  return specifier === 'zod' ? 'code that reaches a browser uses zod/mini' : undefined
}

/** What IEEE 754 or the language defines to the bit; the rest of Math may differ between engines. */
const EXACT =
  /^\.(?:abs|ceil|clz32|floor|fround|imul|max|min|round|sign|sqrt|trunc|E|PI|LN2|LN10|LOG2E|LOG10E|SQRT2|SQRT1_2)$/
const MATH = /(?<![.\w$])Math\b(\s*\.\s*\w+)?/g
const AMBIENT =
  /(?<![.\w$])(?:Date|performance|process|console|fetch|setTimeout|setInterval|setImmediate)\b(?!\s*:)/g

/** Clocks, global randomness, I/O, and arithmetic that engines may round as they like, in the pure core. */
function impurities({ workspace, isTest }: Importer, code: string): string[] {
  if (workspace !== 'shared' || isTest) return []
  const math = [...code.matchAll(MATH)].map(([use, member = '']) => [use, member.replace(/\s/g, '')] as const)
  return [
    ...math
      .filter(([, member]) => !EXACT.test(member))
      .map(([use]) => `uses ${use}, which engines may define`),
    ...[...code.matchAll(AMBIENT)].map(([use]) => `uses ${use}, and shared has no clock and no I/O`),
    ...(/(?<!\b2n?\s*)\*\*/.test(code) ? ['uses ** on another base than 2, which engines may define'] : []),
  ]
}
