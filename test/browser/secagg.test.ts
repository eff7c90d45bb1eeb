import { expect, it } from 'vitest'
import { frozenTranscript } from '../../shared/secagg/masked/testing/transcript-file.js'
import { describeInChromium } from './chromium.js'
import type * as SecaggPage from './secagg.entry.js'

/** What the module of secagg.entry.ts leaves in the page. */
declare global {
  var tacitSecagg: typeof SecaggPage
}

const ENTRY = new URL('./secagg.entry.ts', import.meta.url)

describeInChromium('the frozen transcript of a masked round in Chromium', (browser) => {
  const open = async () => {
    const page = await browser.open(ENTRY)
    // A module runs some time after it was added to the page.
    await page.waitForFunction(() => globalThis.tacitSecagg !== undefined)
    return page
  }
  const play = async (on: readonly SecaggPage.PageSuite[]) => {
    const page = await open()
    const transcript = await page.evaluate((suites) => globalThis.tacitSecagg.playRound(suites), on)
    await page.close()
    return transcript
  }

  it.each([
    ['on WebCrypto', ['web']],
    ['on @noble', ['noble']],
    ['with devices of both kinds', ['noble', 'web']],
  ] as const)('is reproduced byte for byte %s', async (_, on) => {
    expect(await play(on)).toEqual(frozenTranscript())
  })

  it('is reproduced on what the platform chooses, which is WebCrypto', async () => {
    const page = await open()
    expect(await page.evaluate(() => globalThis.tacitSecagg.chosenSuite())).toBe('web')
    expect(await page.evaluate(() => globalThis.tacitSecagg.playRound(['platform']))).toEqual(
      frozenTranscript(),
    )
    await page.close()
  })

  it('is reproduced by a browser whose WebCrypto lacks the curves: it falls back to those of @noble', async () => {
    const page = await open()
    await page.evaluate(() => globalThis.tacitSecagg.forgetCurves())
    expect(await page.evaluate(() => globalThis.tacitSecagg.chosenSuite())).toBe('noble')
    await expect(page.evaluate(() => globalThis.tacitSecagg.playRound(['web']))).rejects.toThrow()
    expect(await page.evaluate(() => globalThis.tacitSecagg.playRound(['platform']))).toEqual(
      frozenTranscript(),
    )
    await page.close()
  })
})
