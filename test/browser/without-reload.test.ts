// Login, logout and renewal of the token without a reload, in Chromium.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { credentials, type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab, until } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const HOUR_MS = 60 * 60 * 1000

describeWithChromium('without a reload', () => {
  let browser: Browser
  let shop: Example
  let device: BrowserContext
  let tab: ShopTab

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    shop = await startExample()
    device = await openDevice(browser)
    tab = await openTab(device, shop)
  })
  afterEach(async () => {
    jest.restoreAllMocks()
    await device.close()
    await shop.close()
  })

  const countLoads = () => {
    let loads = 0
    tab.page.on('framenavigated', (frame) => {
      if (frame === tab.page.mainFrame()) loads += 1
    })
    return () => loads
  }

  test('a login identifies the chat, a logout resets it, and then another user can log in', async () => {
    await tab.visit('/single-page')
    const loads = countLoads()
    await tab.chatKnows('guest')
    await tab.say('As a guest')
    const before = await tab.guestId()

    const answer = tab.page.waitForResponse((response) => response.url() === `${shop.url}/login`)
    await tab.fillLogin('jane')
    const settings = (await (await answer).json()) as { identificationEmail: string; identificationToken: string }
    expect(settings.identificationEmail).toBe('jane@example.com')
    expect(shop.simulator.verify(settings.identificationToken)?.email).toBe('jane@example.com')
    await tab.chatKnows({ email: 'jane@example.com' })
    expect(await tab.page.getAttribute('#status', 'data-identified')).toBe('true')
    await tab.say('As Jane')
    expect(await tab.messages()).toEqual(['As Jane'])

    await tab.page.click('header form button')
    await tab.chatKnows('guest')
    expect(await tab.messages()).toEqual([])
    expect(await tab.guestId()).not.toBe(before)
    expect(await tab.identity()).toEqual({ email: undefined, token: undefined })

    await tab.fillLogin('brien')
    await tab.chatKnows({ email: credentials('brien').email })
    expect(await tab.messages()).toEqual([])
    expect(loads()).toBe(0)
    expect(tab.complaints).toEqual([])
  })

  test('a wrong password shows a message in the page', async () => {
    await tab.visit('/single-page')
    await tab.page.fill('[name=email]', 'jane@example.com')
    await tab.page.fill('[name=password]', 'wrong')
    await tab.page.click('main form button')
    await tab.page.locator('#login-error', { hasText: 'do not belong together' }).waitFor()
    await tab.chatKnows('guest')
  })

  test('an unverified user logs in and stays a guest in the chat', async () => {
    await tab.visit('/single-page')
    await tab.fillLogin('uma')
    await tab.page.locator('#status', { hasText: 'logged in as uma@example.com.' }).waitFor()
    await tab.chatKnows('guest')
    expect(shop.simulator.requests).toHaveLength(0)
  })

  test('a tab that stays open renews the token, and the conversation stays open', async () => {
    await tab.page.clock.install()
    await tab.logIn('jane')
    await tab.visit('/single-page')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Where is my order?')
    await tab.page.fill('#hubspot-simulator-input', 'not sent yet')
    const first = (await tab.identity()).token

    const start = Date.now()
    let passedMs = 0
    const realNow = Date.now
    jest.spyOn(Date, 'now').mockImplementation(() => realNow() + passedMs)
    const pass = async (ms: number) => {
      passedMs += ms
      await tab.page.clock.fastForward(ms)
    }
    // Shortly before it expires the server still answers with the old token, and mints a new one for the next request.
    await pass(11.9 * HOUR_MS)
    await until(() => shop.simulator.requests.length === 2)
    await pass(2 * 60 * 1000)
    await until(async () => {
      await tab.page.evaluate(() => globalThis.dispatchEvent(new Event('online')))
      return (await tab.identity()).token !== first
    })
    const { email, token } = await tab.identity()
    expect(email).toBe('jane@example.com')
    expect(shop.simulator.verify(token)?.email).toBe('jane@example.com')
    expect(Date.now() - start).toBeGreaterThan(11.9 * HOUR_MS)
    expect(await tab.page.getAttribute('#hubspot-simulator-widget', 'data-state')).toBe('open')
    expect(await tab.page.inputValue('#hubspot-simulator-input')).toBe('not sent yet')
    await tab.say('Hello again')
    expect(shop.simulator.conversations).toHaveLength(1)
    expect(shop.simulator.requests).toHaveLength(2)
  })
})
