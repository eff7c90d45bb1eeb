import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { bundleForBrowser } from './bundle.js'

const EXECUTABLE = process.env.TACIT_CHROMIUM ?? '/usr/bin/chromium'
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const START_DEADLINE_MS = 60_000
/** Never reaches the network: the page is answered by the test itself, whatever else its origin serves. */
const PAGE_PATH = '/__tacit_test_page__'

/** A Chromium for the tests of one `describe`. */
export interface Chromium {
  /**
   * Opens an empty page of `origin` and runs a TypeScript module in it, bundled. What goes wrong in the page
   * fails the test that waits for it.
   */
  open(origin: string, entry: URL): Promise<Page>
}

/**
 * Describes tests that need Chromium. Without one they are skipped, and say so; with TACIT_REQUIRE_BROWSER=1
 * they fail.
 */
export function describeInChromium(name: string, tests: (browser: Chromium) => void): void {
  if (!existsSync(EXECUTABLE) && process.env.TACIT_REQUIRE_BROWSER !== '1') {
    console.warn(`SKIPPED "${name}": no Chromium at ${EXECUTABLE} (set TACIT_CHROMIUM)`)
    describe.skip(`${name} (no Chromium at ${EXECUTABLE})`, () => tests({ open: unavailable }))
    return
  }
  describe(name, () => {
    let browser: Browser | undefined
    beforeAll(async () => {
      browser = await chromium.launch({
        executablePath: EXECUTABLE,
        args: ARGUMENTS,
        timeout: START_DEADLINE_MS,
      })
    }, START_DEADLINE_MS)
    afterAll(() => browser?.close())
    tests({ open: (origin, entry) => openPage(browser!, origin, entry) })
  })
}

async function openPage(browser: Browser, origin: string, entry: URL): Promise<Page> {
  const { code } = await bundleForBrowser(entry)
  const page = await browser.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`[page] ${message.text()}`)
  })
  page.on('pageerror', (error) => console.error(`[page] ${error.stack ?? error}`))
  const address = new URL(PAGE_PATH, origin).href
  const body = '<!doctype html><meta charset="utf-8"><title>Tacit test</title><link rel="icon" href="data:,">'
  await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.goto(address)
  await page.addScriptTag({ content: code, type: 'module' })
  return page
}

function unavailable(): never {
  throw new Error(`no Chromium at ${EXECUTABLE}`)
}
