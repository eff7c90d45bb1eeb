import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, type SplitBundle, splitForBrowser } from './browser/bundle.js'

/**
 * What a page loads at once, gzipped, and what only a browser does that lacks X25519 or Ed25519. The split that
 * DESIGN section 10 gives budgets for (stub 1 KiB, core 8 KiB, worker 30 KiB) comes with the client's worker.
 * The kernels of all models are one module of 9 KiB: those that a page's models do not use are most of it. Differential privacy
 * is 8 KiB: noise and its bounds, the device's ledger, and of the accountants the one that it reckons with.
 */
const BUDGET_BYTES = { initial: 78 * 1024, lazy: 22 * 1024 } as const

describe('the browser entry of @tacit/client', () => {
  let split: SplitBundle
  let all: Bundle[]
  const inputs = (bundles: readonly Bundle[], of: RegExp) =>
    bundles.flatMap((bundle) => bundle.inputs.filter((file) => of.test(file)))
  beforeAll(async () => {
    split = await splitForBrowser(new URL('../client/index.ts', import.meta.url))
    all = [...split.initial, ...split.lazy]
  })

  it('needs nothing of Node', () => {
    for (const { code } of all) {
      // A name alone is none: the platform is asked whether it has `node:crypto`.
      expect(code).not.toMatch(/\b(?:from|import)\s*\(?\s*["'`]node:|\brequire\(/)
    }
    expect(inputs(all, /client\/node\/|node_modules\/ws\//)).toEqual([])
  })

  it('brings no test helper along, and nothing of the coordinator', () => {
    expect(inputs(all, /\/testing\/|\.test\.|(?:^|\/)coordinator\//)).toEqual([])
  })

  it('loads @noble only where the platform lacks curves, but for its hashes', () => {
    expect(inputs(split.initial, /@noble\/(?!hashes\/)|crypto\/noble/)).toEqual([])
    expect(split.lazy).toHaveLength(1)
    expect(split.lazy[0]!.inputs).toContain('shared/crypto/noble.ts')
  })

  it('has one accountant of differential privacy, the one without Fourier transforms', () => {
    const accountants = inputs(all, /dp\/accounting\/(?:rdp|pld|fft|losses|composed|zcdp|calibrate|gaussian)/)
    expect(accountants).toEqual(['shared/dp/accounting/rdp.ts'])
  })

  it.each(['initial', 'lazy'] as const)('stays within its budget for what is %s, gzipped', (part) => {
    const sizes = split[part].map(({ code }) => gzipSync(code, { level: 9 }).length)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(BUDGET_BYTES[part])
  })
})
