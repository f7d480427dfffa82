// Logout and account switch in the example, in Chromium: no user sees the conversations or identity of another.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { credentials, type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

describeWithChromium('after a logout', () => {
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
    await device.close()
    await shop.close()
  })

  test('the chat is a new guest without the old conversations', async () => {
    await tab.visit('/')
    await tab.chatKnows('guest')
    await tab.say('As a guest')
    const before = await tab.guestId()
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('As Jane')

    await tab.logOut()
    await tab.chatKnows('guest')
    expect(await tab.greeting()).toBe('Hello! How can we help?')
    expect(await tab.page.getAttribute('#hubspot-simulator-widget', 'data-state')).toBe('closed')
    expect(await tab.messages()).toEqual([])
    expect(await tab.guestId()).toMatch(/^[0-9a-f]{32}$/)
    expect(await tab.guestId()).not.toBe(before)
    await tab.say('Somebody else')
    expect(shop.simulator.conversations.map(({ identified, messages }) => [identified, messages.length])).toEqual([
      [false, 1],
      [true, 1],
      [false, 1]
    ])
    expect(tab.complaints).toEqual([])
  })

  test('a guest who never logged in keeps the chat on the next page', async () => {
    await tab.visit('/')
    await tab.chatKnows('guest')
    await tab.say('As a guest')
    const before = await tab.guestId()
    await tab.visit('/login')
    await tab.chatKnows('guest')
    await tab.openChat()
    expect(await tab.messages()).toEqual(['As a guest'])
    expect(await tab.guestId()).toBe(before)
  })

  test('the back button shows no identity', async () => {
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.logOut()
    await tab.chatKnows('guest')
    await tab.page.goBack()
    await tab.chatKnows('guest')
    expect(await tab.identity()).toEqual({ email: undefined, token: undefined })
    expect(await tab.page.content()).not.toMatch(/eyJ|identificationEmail\\+":/)
    expect(tab.page.url()).toBe(`${shop.url}/login`)
  })

  test('a page with an identity is sent with `private, no-store`', async () => {
    await tab.logIn('jane')
    const response = await tab.visit('/account')
    expect(response?.headers()['cache-control']).toBe('private, no-store')
  })

  test('an account switch without a logout shows only the new user', async () => {
    const other = await openTab(device, shop)
    await other.visit('/login')
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('As Jane')

    // The form was loaded before the login, so it is refused; the page offers a new one.
    await other.fillLogin('brien')
    expect(await other.page.textContent('[role=alert]')).toContain('open for too long')
    await other.page.fill('[name=password]', credentials('brien').password)
    await other.page.click('main form button')
    await other.page.waitForURL(`${shop.url}/account`)
    await other.chatKnows({ email: credentials('brien').email })
    await other.openChat()
    expect(await other.messages()).toEqual([])

    await tab.page.reload()
    await tab.chatKnows({ email: credentials('brien').email })
    expect(await tab.messages()).toEqual([])
    expect(await tab.page.content()).not.toContain('jane@example.com')
  })
})
