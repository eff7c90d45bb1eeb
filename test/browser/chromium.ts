import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { bundleForBrowser } from './bundle.js'
import { type PageServer, servePage } from './page-server.js'

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

/** A Chromium for the tests of one `describe`. */
export interface Chromium {
  /**
   * Opens a page and runs a TypeScript module in it, bundled. Without an address it is a page of another
   * origin than any coordinator's, as a storefront's would be.
   */
  open(entry: URL, address?: string): Promise<Page>
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
    let pages: PageServer | undefined
    beforeAll(async () => {
      pages = await servePage()
      browser = await chromium.launch({
        executablePath: EXECUTABLE,
        args: ARGUMENTS,
        timeout: START_DEADLINE_MS,
      })
    }, START_DEADLINE_MS)
    afterAll(async () => {
      await browser?.close()
      pages?.close()
    })
    tests({ open: (entry, address = pages!.origin) => openPage(browser!, entry, address) })
  })
}

async function openPage(browser: Browser, entry: URL, address: string): Promise<Page> {
  const { code } = await bundleForBrowser(entry)
  // The page is ours to add to, whatever policy the coordinator sends with its own.
  const page = await browser.newPage({ bypassCSP: true })
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(`[page] ${message.text()}`)
  })
  page.on('pageerror', (error) => console.error(`[page] ${error.stack ?? error}`))
  await page.goto(address)
  // An inline module runs when it likes, and says nothing when it has.
  await page.addScriptTag({ content: `${code}\n;globalThis.tacitLoaded = true`, type: 'module' })
  await page.waitForFunction('globalThis.tacitLoaded')
  return page
}

function unavailable(): never {
  throw new Error(`no Chromium at ${EXECUTABLE}`)
}
