import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
// @ts-expect-error: a script without types
import { compileModule } from './assembly/build.js'
import { MODULE } from './module.js'

const BUDGET_BYTES = 9 * 1024

it('module.ts is what the assembly sources compile to: if not, npm run build:kernels -w @tacit/shared', async () => {
  expect(await readFile(new URL('./module.ts', import.meta.url), 'utf8')).toBe(await compileModule())
})

it(`takes less than ${BUDGET_BYTES} bytes of a bundle, gzipped`, () => {
  expect(gzipSync(MODULE, { level: 9 }).length).toBeLessThan(BUDGET_BYTES)
})

it('imports nothing and exports one memory and the kernels', () => {
  const module = new WebAssembly.Module(Buffer.from(MODULE, 'base64'))
  expect(WebAssembly.Module.imports(module)).toEqual([])
  const kinds = WebAssembly.Module.exports(module).map(({ kind }) => kind)
  expect(kinds.filter((kind) => kind !== 'function')).toEqual(['memory'])
})
