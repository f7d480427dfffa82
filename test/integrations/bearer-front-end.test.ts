// A front end with bearer tokens in a real browser, with the unchanged recipes of docs/: the chat follows each login and logout.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, Route } from 'playwright-core'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { openDevice, openTab } from '../browser/shop-tab.js'
import { chromiumPath, describeWithChromium, launchChromium } from '../support/chromium.js'
import { describeIntegrations } from './describe-integrations.js'
import type { Served } from './real-packages.js'

jest.setTimeout(120_000)

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

/** Answers requests to HubSpot from the simulator, because the page has HubSpot's URL of the chat. */
async function fromSimulator(route: Route): Promise<void> {
  const { pathname, search } = new URL(route.request().url())
  await route.fulfill({ response: await route.fetch({ url: hubspot.url + pathname + search }) })
}

await describeIntegrations(['passport-jwt'], (name, ready) => {
  describeWithChromium('in Chromium', () => {
    let served: Served
    beforeAll(async () => {
      const env = { HUBSPOT_URL: hubspot.url, HUBSPOT_ACCESS_TOKEN: 'any' }
      served = await ready().serve(name, env, 'front-end.js')
    })

    test('the chat follows each login, a switch of users, an unverified user and the logout, without a cookie of the app', async () => {
      const device = await openDevice(browser)
      const tab = await openTab(device, served)
      const { page } = tab
      await page.route('https://js.hs-scripts.com/**', fromSimulator)
      const known = () => page.locator('body').getAttribute('data-known')
      const logIn = (user: string) => page.click(`[data-name=${user}]`)

      await tab.visit('/')
      await tab.chatKnows('guest')
      expect(await known()).toBeNull()
      await logIn('ada')
      await tab.chatKnows({ email: 'ada@example.com' })
      await page.locator('body[data-known]').waitFor()
      await logIn('bob')
      await tab.chatKnows({ email: 'bob@example.com' })
      await page.click('#log-out')
      await tab.chatKnows('guest')
      expect((await tab.identity()).email).toBeUndefined()
      await logIn('ada')
      await tab.chatKnows({ email: 'ada@example.com' })
      // Her address is not verified.
      await logIn('eve')
      await tab.chatKnows('guest')
      await page.locator('body:not([data-known])').waitFor()

      const minted = hubspot.requests.map(({ body }) => (body as { email: string }).email)
      expect(minted).toEqual(['ada@example.com', 'bob@example.com'])
      const cookies = (await device.cookies(served.url)).map((cookie) => cookie.name)
      expect(cookies.filter((cookie) => !/^(messagesUtk|__hs|hubspotutk)/.test(cookie))).toEqual([])
      expect(tab.complaints).toEqual([])
      await device.close()
    })

    test('the server printed only why the unverified user is not identified', async () => {
      const lines = (await served.stop()).split('\n').filter((line) => line !== '')
      expect(lines).toEqual([expect.stringContaining('Reason: unverified.')])
    })
  })
})
