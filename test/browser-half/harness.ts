// One browser and one site for a test file; a fresh page and answers for each test.
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../support/chromium.js'
import { answers, type OpenPage, openPage, type Site, startSite } from './site.js'

/** Sets the hooks of a `describe`; the returned functions are for its tests. */
export function useBrowser() {
  let browser: Browser
  let site: Site
  const opened: OpenPage[] = []

  beforeAll(async () => {
    browser = await launchChromium()
    site = await startSite()
  })
  beforeEach(() => {
    Object.assign(site, { html: '', asked: [], endpoint: answers.nobody })
  })
  afterEach(async () => {
    for (const { context } of opened.splice(0)) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await site.close()
  })

  return {
    site: (): Site => site,
    /** Opens a page with this body. */
    open: async (html: string): Promise<OpenPage> => {
      site.html = html
      const page = await openPage(browser, site)
      opened.push(page)
      return page
    }
  }
}
