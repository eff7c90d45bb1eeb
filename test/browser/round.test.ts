import type { DeviceEvent, RoundEnded } from '@tacit/client'
import { History } from '@tacit/client'
import { createNodeDevice } from '@tacit/client/node'
import { type CoordinatorOptions, type RunningCoordinator, startCoordinator } from '@tacit/coordinator'
import { hashJson } from '@tacit/shared/bytes'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInChromium } from './chromium.js'
import type * as DevicePage from './device.entry.js'

/** What the module of device.entry.ts leaves in the page. */
declare global {
  var tacitDevice: typeof DevicePage
}

const ENTRY = new URL('./device.entry.ts', import.meta.url)
const TASK = 'homepage'
const NODE_DEVICES = 5
const CATALOGUE = Array.from({ length: 40 }, (_, row) => `item-${row}`)
const HISTORY = ['item-1', 'item-5', 'item-8', 'item-13']

const silent: CoordinatorOptions['logger'] = {
  level: 'silent',
  child: () => silent,
  fatal() {},
  error() {},
  warn() {},
  info() {},
  debug() {},
  trace() {},
  silent() {},
}

describeInChromium('a device in Chromium beside devices in Node', (browser) => {
  let coordinator: RunningCoordinator
  const stops: (() => void)[] = []

  beforeAll(async () => {
    const devices = NODE_DEVICES + 1
    coordinator = await startCoordinator({
      tasks: [
        {
          definition: {
            name: TASK,
            model: 'ials',
            settings: { factors: 8 },
            population: devices,
            share: 1,
            catalogue: { hash: hashJson(CATALOGUE), items: CATALOGUE.length },
            quantisationBits: 16,
            blockRows: CATALOGUE.length,
            secureSum: 'plain',
          },
          catalogue: CATALOGUE,
          limits: {
            goalCount: devices,
            overSelection: 1,
            minimumCount: devices,
            largestGroup: devices,
            uploadsInFlight: 3,
            joinDeadlineMs: 20_000,
            phaseDeadlineMs: 20_000,
            uploadDeadlineMs: 10_000,
            chunkBytes: 1_000,
          },
        },
      ],
      port: 0,
      cadence: { startAt: devices, pauseMs: 100 },
      logger: silent,
    })
    for (let i = 0; i < NODE_DEVICES; i++) stops.push(startNodeDevice(coordinator.url, i))
  })

  afterAll(async () => {
    for (const stop of stops) stop()
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
      task: TASK,
      device: 'browser',
      items: HISTORY,
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

function startNodeDevice(url: string, number: number): () => void {
  const history = new History()
  for (let at = 0; at < 6; at++) history.add({ item: `item-${(7 * number + 5 * at) % 40}`, at })
  const device = createNodeDevice({ url, task: TASK, device: `node-${number}`, history })
  device.start()
  return () => device.stop()
}
