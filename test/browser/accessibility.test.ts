// axe finds no violation on any page of the example and of the simulator: as guest and user, with the chat closed and open, on
// phone and desktop sizes, light and dark.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import session from 'express-session'
import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core'
import { type Example, startExample } from '../example-app/start-example.js'
import { violationsOf } from '../support/axe.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const PHONE = { width: 360, height: 740 }
const DESK = { width: 1280, height: 800 }
const DEVICES: [string, BrowserContextOptions][] = [
  ['a phone, light', { viewport: PHONE, colorScheme: 'light' }],
  ['a phone, dark', { viewport: PHONE, colorScheme: 'dark' }],
  ['a desktop, light', { viewport: DESK, colorScheme: 'light' }],
  ['a desktop, dark', { viewport: DESK, colorScheme: 'dark' }]
]

describeWithChromium('axe finds no violation', () => {
  let browser: Browser
  let shop: Example
  let context: BrowserContext
  let tab: ShopTab

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())

  describe.each(DEVICES)('on %s', (_device, options) => {
    beforeEach(async () => {
      shop = await startExample()
      context = await openDevice(browser, options)
      tab = await openTab(context, shop)
    })
    afterEach(async () => {
      await context.close()
      await shop.close()
    })

    /** Checks the page with the chat closed and with the chat open. */
    async function checkWithChat(path: string, who: Parameters<ShopTab['chatKnows']>[0]) {
      await tab.visit(path)
      await tab.chatKnows(who)
      expect(await violationsOf(tab.page)).toEqual([])
      await tab.openChat()
      expect(await violationsOf(tab.page)).toEqual([])
      await tab.page.click('#hubspot-simulator-close')
    }

    test.each(['/', '/login', '/single-page', '/no-inline-script', '/auto-insert', '/nothing-here', '/logout'])(
      '%s, as a guest',
      async (path) => {
        await checkWithChat(path, 'guest')
      }
    )

    test('every page, as a user', async () => {
      await tab.logIn('jane')
      for (const path of ['/', '/account', '/single-page', '/no-inline-script', '/auto-insert', '/nothing-here']) {
        await checkWithChat(path, { email: 'jane@example.com' })
      }
    })

    test('the account page of a user with HTML in the name, and of an unverified user', async () => {
      await tab.logIn('brien')
      expect(await violationsOf(tab.page)).toEqual([])
      await tab.logOut()
      await tab.logIn('uma')
      expect(await violationsOf(tab.page)).toEqual([])
    })

    test('a refused login, with and without a reload', async () => {
      for (const path of ['/login', '/single-page']) {
        await tab.visit(path)
        await tab.page.fill('#email', 'jane@example.com')
        await tab.page.fill('#password', 'wrong')
        await tab.page.click('main form button')
        await tab.page.locator('#login-error', { hasText: 'do not belong together' }).waitFor()
        expect(await violationsOf(tab.page)).toEqual([])
      }
    })

    test('a login and a logout without a reload', async () => {
      await tab.visit('/single-page')
      await tab.fillLogin('jane')
      await tab.chatKnows({ email: 'jane@example.com' })
      expect(await violationsOf(tab.page)).toEqual([])
      await tab.page.click('header form button')
      await tab.chatKnows('guest')
      expect(await violationsOf(tab.page)).toEqual([])
    })

    test('a chat with an answer and several conversations, and an unread answer in a closed one', async () => {
      await tab.logIn('jane')
      await tab.say('The first conversation')
      await tab.page.click('#hubspot-simulator-new')
      await tab.say('The second conversation')
      shop.simulator.answer('1002', 'An answer')
      await tab.page.locator('#hubspot-simulator-messages li[data-from="agent"]').waitFor()
      shop.simulator.answer('1001', 'An answer to the first')
      await tab.page.locator('#hubspot-simulator-threads [data-unread]').waitFor()
      expect(await violationsOf(tab.page)).toEqual([])
      await tab.page.click('#hubspot-simulator-close')
      await tab.page.locator('#hubspot-simulator-launcher[data-unread="1"]').waitFor()
      expect(await violationsOf(tab.page)).toEqual([])
    })

    test('the inbox, empty and with conversations, and a URL that does not exist', async () => {
      const look = async (path: string) => {
        await tab.page.goto(shop.simulator.url + path)
        expect(await violationsOf(tab.page)).toEqual([])
      }
      await look('/inbox')
      await look('/nothing-here')
      await tab.logIn('jane')
      await tab.say('Hello')
      const guest = await openTab(await openDevice(browser), shop)
      await guest.visit('/')
      await guest.say('Hello')
      await guest.context.close()
      shop.simulator.answer('1001', 'An answer')
      await look('/inbox')
      await tab.page.fill('article textarea >> nth=0', 'Another one')
      await tab.page.click('article button >> nth=0')
      await tab.page.locator('[data-message]', { hasText: 'Another one' }).waitFor()
      expect(await violationsOf(tab.page)).toEqual([])
    })

    test('the error page of an error before the middleware, without a chat', async () => {
      const told = jest.spyOn(console, 'error').mockImplementation(() => undefined)
      const sessions = new session.MemoryStore()
      const shared = { sessions, tokens: new Map() as never, mintBudget: { consume: async () => undefined } }
      const broken = await startExample({ shared })
      await tab.page.goto(`${broken.url}/login`)
      sessions.get = (_id, done) => done(new Error('the store of the test is gone'))
      await tab.page.goto(`${broken.url}/account`)
      expect(await tab.page.textContent('h1')).toBe('Something went wrong')
      expect(await violationsOf(tab.page)).toEqual([])
      await broken.close()
      told.mockRestore()
    })
  })

  test('control: axe reports a page with a violation', async () => {
    context = await openDevice(browser)
    const page = await context.newPage()
    await page.setContent('<html lang="en"><title>x</title><main><h1>x</h1><img src="x"></main>')
    expect(await violationsOf(page)).toEqual([expect.stringContaining('image-alt (critical)')])
    await context.close()
  })
})
