// Compiles the kernel module and embeds it in ../module.ts: `npm run build:kernels -w @tacit/shared`.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const here = new URL('./', import.meta.url)
const target = new URL('../module.ts', import.meta.url)

/** The source of ../module.ts as the assembly sources stand. */
export async function compileModule() {
  const binary = await compile()
  return `// Generated from assembly/ by \`npm run build:kernels\`: do not edit.
/** The kernel module, WebAssembly with SIMD, in base64: ${binary.length} bytes. */
export const MODULE =
  '${Buffer.from(binary).toString('base64')}'
`
}

async function compile() {
  const written = new Map()
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      ...['--outFile', 'module.wasm', '--runtime', 'stub', '--enable', 'simd', '--use', 'abort='],
      ...['--initialMemory', '1', '--memoryBase', '0', '--noAssert', '-O3s', '--converge'],
    ],
    {
      readFile: (name) => readFile(new URL(name, here), 'utf8').catch(() => null),
      writeFile: (name, contents) => void written.set(name, contents),
      listFiles: () => [],
    },
  )
  if (error) throw new Error(`${error.message}\n${stderr}`)
  return written.get('module.wasm')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await compileModule())
