import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleForBrowser } from './browser/bundle.js'

/**
 * Everything of the browser entry together, gzipped. The split that DESIGN section 10 gives budgets for
 * (stub 1 KiB, core 8 KiB, worker 30 KiB) comes with the client's worker.
 */
const BUDGET_BYTES = 36 * 1024

describe('the browser entry of @tacit/client', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleForBrowser(new URL('../client/index.ts', import.meta.url))
  })

  it('needs nothing of Node', () => {
    expect(bundle.code).not.toMatch(/["'`]node:|\brequire\(/)
    expect(bundle.inputs.filter((file) => /client\/node\/|node_modules\/ws\//.test(file))).toEqual([])
  })

  it('brings no test helper along', () => {
    expect(bundle.inputs.filter((file) => /\/testing\/|\.test\./.test(file))).toEqual([])
  })

  it(`stays within ${BUDGET_BYTES} bytes, gzipped`, () => {
    expect(gzipSync(bundle.code, { level: 9 }).length).toBeLessThan(BUDGET_BYTES)
  })
})
