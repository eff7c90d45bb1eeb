import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'

export interface Bundle {
  readonly code: string
  /** Source files of which something is in it, relative to the repository. */
  readonly inputs: readonly string[]
}

/** A bundle in several files. */
export interface SplitBundle {
  /** The entry and what it imports: loaded before anything runs. */
  readonly initial: readonly Bundle[]
  /** Loaded by `import()` when needed. */
  readonly lazy: readonly Bundle[]
}

/** Bundles a TypeScript module as a storefront would: for browsers, minified, from the workspaces' sources. */
const FOR_BROWSERS = {
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  conditions: ['tacit-source'],
  write: false,
  metafile: true,
  outdir: 'bundle',
  logLevel: 'silent',
} as const satisfies BuildOptions

/** All in one file, what is loaded when needed included. */
export async function bundleForBrowser(entry: URL): Promise<Bundle> {
  const bundles = await bundlesOf(entry, false)
  return [...bundles.values()][0]!.bundle
}

/** As a bundler does that knows to split: what is loaded when needed lies in files of its own. */
export async function splitForBrowser(entry: URL): Promise<SplitBundle> {
  const bundles = await bundlesOf(entry, true)
  const first = [...bundles].find(([, { output }]) => output.entryPoint === pathOf(entry))!
  const initial = new Set<string>()
  const load = (path: string) => {
    if (initial.has(path)) return
    initial.add(path)
    for (const { path: next, kind } of bundles.get(path)!.output.imports) {
      if (kind === 'import-statement') load(next)
    }
  }
  load(first[0])
  const all = [...bundles].map(([path, { bundle }]) => ({ bundle, isInitial: initial.has(path) }))
  return {
    initial: all.filter(({ isInitial }) => isInitial).map(({ bundle }) => bundle),
    lazy: all.filter(({ isInitial }) => !isInitial).map(({ bundle }) => bundle),
  }
}

interface Built {
  readonly bundle: Bundle
  readonly output: Metafile['outputs'][string]
}

/** By the paths that the bundler gives them. */
async function bundlesOf(entry: URL, splitting: boolean): Promise<ReadonlyMap<string, Built>> {
  const { outputFiles, metafile } = await build({
    ...FOR_BROWSERS,
    entryPoints: [fileURLToPath(entry)],
    splitting,
  })
  const built = Object.entries(metafile.outputs).map(([path, output]): [string, Built] => {
    const code = outputFiles.find((file) => file.path === FOR_BROWSERS.absWorkingDir + path)!.text
    const inputs = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    return [path, { bundle: { code, inputs: inputs.map(([input]) => input) }, output }]
  })
  return new Map(built)
}

function pathOf(entry: URL): string {
  return fileURLToPath(entry).slice(FOR_BROWSERS.absWorkingDir.length)
}
