import type { DeviceEvent, RoundEnded } from '@tacit/client'
import type { RunningCoordinator } from '@tacit/coordinator'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { FEW_DEVICES, Shop, Shopper, shopTask, startShop } from '../support/certified-shop.js'
import { describeInChromium } from './chromium.js'
import type * as DevicePage from './device.entry.js'

/** What the module of device.entry.ts leaves in the page. */
declare global {
  var tacitDevice: typeof DevicePage
}

const ENTRY = new URL('./device.entry.ts', import.meta.url)
const NODE_DEVICES = 5
const HISTORY = ['item-1', 'item-5', 'item-8', 'item-13']

/** Rounds that the browser may take part in. */
const STOCK = 16

describeInChromium('a device in Chromium beside devices in Node, masked and certified', (browser) => {
  let shop: Shop
  let coordinator: RunningCoordinator
  const shoppers: Shopper[] = []

  beforeAll(async () => {
    shop = await Shop.open()
    const { masking } = shopTask({})
    // Nobody is lost here: few devices are enough.
    const task = shopTask({ masking: { ...masking!, dropout: 0 } })
    const devices = NODE_DEVICES + 1
    coordinator = (await startShop(shop, [task], devices, devices, 100)).coordinator
    for (let d = 0; d < NODE_DEVICES; d++) {
      const options = { issuer: shop.trusted, identities: await shop.identities(8), limits: FEW_DEVICES }
      const shopper = new Shopper(coordinator.url, d, options)
      shoppers.push(shopper)
      shopper.device.start()
    }
  }, 60_000)

  afterAll(async () => {
    for (const { device } of shoppers) device.stop()
    await coordinator.stop()
  })

  // Every device is needed: a round that is released has the browser's vector in it.
  it.each([
    ['the coordinator itself', () => coordinator.url],
    ['another origin', () => undefined],
  ])('completes a round from a page of %s', async (_, address) => {
    const page = await browser.open(ENTRY, address())
    await page.evaluate((options) => globalThis.tacitDevice.startDevice(options), {
      url: coordinator.url,
      task: 'homepage',
      device: 'browser',
      items: HISTORY,
      about: shop.about,
      identities: await identities(shop),
      limits: FEW_DEVICES,
    })
    const ended = await releasedRound(page)
    expect(ended.survivors).toBe(NODE_DEVICES + 1)
    const recommended = await page.evaluate(() => globalThis.tacitDevice.recommendations(3))
    expect(recommended).toHaveLength(3)
    for (const { item } of recommended) expect(HISTORY).not.toContain(item)
    await page.evaluate(() => globalThis.tacitDevice.stopDevice())
    await page.close()
  })
})

async function releasedRound(page: Page): Promise<RoundEnded> {
  const isRelease = (event: DeviceEvent) => event.type === 'round-ended' && event.outcome === 'released'
  await page.waitForFunction(() => {
    const events = globalThis.tacitDevice.deviceEvents()
    return events.some((event) => event.type === 'round-ended' && event.outcome === 'released')
  })
  const events = await page.evaluate(() => globalThis.tacitDevice.deviceEvents())
  return events.find(isRelease) as RoundEnded
}

/** In a form in which a page can be given them. */
async function identities(shop: Shop): Promise<DevicePage.PageIdentity[]> {
  const pool = await shop.identities(STOCK)
  return Array.from({ length: STOCK }, (_, earlier) => {
    const round = earlier + 1
    const { seed, credential } = pool.take(round)!
    return { round, seed: [...seed], credential }
  })
}
