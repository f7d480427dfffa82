// Rendering with the unchanged recipes of docs/rendering.md: the right user in every page, and in the chat of a real browser.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, Page, Route } from 'playwright-core'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { openDevice, openTab } from '../browser/shop-tab.js'
import { inlineScriptsIn, settingsSeenBy, textOf } from '../support/browser-view.js'
import { chromiumPath, describeWithChromium, launchChromium } from '../support/chromium.js'
import { describeIntegrations } from './describe-integrations.js'
import { Browser as Visitor } from './kit/browser.js'
import type { Served } from './real-packages.js'

jest.setTimeout(120_000)

const EMAIL = "o'brien+x&co@example.com"
const TEMPLATES = ['express-ejs-layouts', 'express-handlebars', 'liquidjs']
const COMPONENTS = ['react', 'react-router']
const ALL = [...TEMPLATES, ...COMPONENTS, 'spa']

let hubspot: HubSpotSimulator
let browser: Browser

beforeAll(async () => {
  hubspot = await startHubSpotSimulator()
  if (chromiumPath()) browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await hubspot?.close()
})

await describeIntegrations(ALL, (name, ready) => {
  let served: Served
  beforeAll(async () => {
    served = await ready().serve(name, { HUBSPOT_URL: hubspot.url, HUBSPOT_ACCESS_TOKEN: 'any' })
  })
  afterAll(async () => {
    // Nothing was written to the server's console.
    expect(await served?.stop()).toBe('')
  })

  if (name !== 'spa') {
    test('sends private pages with the right user, and no identity without a user', async () => {
      const visitor = new Visitor()
      const { text, headers } = await visitor.get(`${served.url}/login/brien`)
      const settings = settingsIn(text) as { identificationEmail: string; identificationToken: string }
      expect(settings.identificationEmail).toBe(EMAIL)
      expect(hubspot.verify(settings.identificationToken)?.email).toBe(EMAIL)
      expect(headers.get('cache-control')).toBe('private, no-store')
      // Streamed: late content follows its placeholder.
      if (name === 'react') expect(text).toMatch(/<p>Loading<\/p>.*Clicked/s)
      const guest = await new Visitor().get(`${served.url}/`)
      expect(guest.status).toBe(200)
      expect(settingsIn(guest.text)).toBeNull()
      expect(guest.headers.get('cache-control') ?? '').not.toContain('private')
      const after = await visitor.get(`${served.url}/logout`)
      expect(settingsIn(after.text)).toBeNull()
    })
  }

  describeWithChromium('in Chromium', () => {
    test('the chat identifies the user, and the console is empty', async () => {
      const device = await openDevice(browser)
      const tab = await openTab(device, served)
      if (name === 'spa') await tab.page.route('https://js.hs-scripts.com/**', fromSimulator)
      await tab.visit('/')
      await tab.chatKnows('guest')
      if (name === 'spa') await tab.page.click('#log-in')
      else await tab.visit('/login/brien')
      await tab.chatKnows({ email: EMAIL })
      if (COMPONENTS.includes(name)) await clickThrough(tab.page)
      await tab.chatKnows({ email: EMAIL })
      if (name === 'spa') await tab.page.click('#log-out')
      else await tab.visit('/logout')
      await tab.chatKnows('guest')
      expect(tab.complaints).toEqual([])
      await device.close()
    })
  })
})

/** Runs only the snippet, because React's scripts need a real browser. */
function settingsIn(html: string): unknown {
  const scripts = inlineScriptsIn(html).map(textOf)
  const ours = scripts.filter((text) => text.startsWith('(') && text.includes('hsConversationsSettings'))
  return settingsSeenBy(ours.map((text) => `<script>${text}</script>`).join(''))
}

/** Answers requests to HubSpot from the simulator, because the static file has HubSpot's URL of the chat. */
async function fromSimulator(route: Route): Promise<void> {
  const { pathname, search } = new URL(route.request().url())
  await route.fulfill({ response: await route.fetch({ url: hubspot.url + pathname + search }) })
}

/** Uses a component that was hydrated in the browser. */
async function clickThrough(page: Page): Promise<void> {
  await page.click('button:has-text("Clicked 0")')
  await page.locator('button:has-text("Clicked 1")').waitFor()
  const link = page.locator('a[href="/about"]')
  if ((await link.count()) === 0) return
  await link.click()
  await page.locator('h1:has-text("About")').waitFor()
}
