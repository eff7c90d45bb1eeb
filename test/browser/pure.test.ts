import { expect, it } from 'vitest'
import { describeInChromium } from './chromium.js'
import { pureResults, secureWordsDiffer } from './pure.entry.js'

/** What the module of pure.entry.ts leaves in the page. */
declare global {
  var tacitPure: { pureResults: typeof pureResults; secureWordsDiffer: typeof secureWordsDiffer }
}

const ENTRY = new URL('./pure.entry.ts', import.meta.url)

describeInChromium('the pure parts in Chromium', (browser) => {
  it('compute what they compute in Node, to the bit', async () => {
    const page = await browser.open(ENTRY)
    expect(await page.evaluate(() => globalThis.tacitPure.pureResults())).toEqual(pureResults())
  })

  it('draw from the secure source of the platform', async () => {
    const page = await browser.open(ENTRY)
    expect(await page.evaluate(() => globalThis.tacitPure.secureWordsDiffer())).toBe(true)
    expect(secureWordsDiffer()).toBe(true)
  })
})
