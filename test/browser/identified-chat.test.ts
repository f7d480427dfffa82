// From a guest to an identified visitor: the chat of the example, in Chromium, and what arrives in the inbox.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { credentials, type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

describeWithChromium('the chat of the example', () => {
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

  const inbox = () =>
    shop.simulator.conversations.map(({ identified, contact, messages }) => ({
      identified,
      email: contact?.email,
      texts: messages.map(({ text }) => text)
    }))

  test('is anonymous for a guest, and the inbox shows an unknown visitor', async () => {
    await tab.visit('/')
    await tab.chatKnows('guest')
    await tab.say('Do you sell tea?')
    expect(await tab.greeting()).toBe('Hello! How can we help?')
    await tab.page.goto(`${shop.simulator.url}/inbox`)
    expect(await tab.page.textContent('[data-contact-name]')).toBe('Unknown visitor')
    expect(await tab.page.locator('[data-badge]').count()).toBe(0)
    expect(tab.complaints).toEqual([])
  })

  test('is identified after a login, and the inbox shows the message with the badge', async () => {
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Where is my order?')
    expect(await tab.greeting()).toBe('Hello, jane@example.com')
    await tab.page.goto(`${shop.simulator.url}/inbox`)
    expect(await tab.page.textContent('[data-contact-name]')).toBe('Jane Doe')
    expect(await tab.page.textContent('[data-badge="identified"]')).toBe('Identified via API')
    expect(await tab.page.textContent('[data-message]')).toBe('Where is my order?')
    expect(tab.complaints).toEqual([])
  })

  test('shows the earlier conversation on a second device', async () => {
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Where is my order?')
    const phone = await openDevice(browser)
    const second = await openTab(phone, shop)
    await second.logIn('jane')
    await second.chatKnows({ email: 'jane@example.com' })
    await second.openChat()
    expect(await second.messages()).toEqual(['Where is my order?'])
    await phone.close()
  })

  test('is anonymous for a user with an unverified address', async () => {
    await tab.logIn('uma')
    await tab.chatKnows('guest')
    await tab.say('It is me, Uma')
    expect(inbox()).toEqual([{ identified: false, email: undefined, texts: ['It is me, Uma'] }])
    expect(await tab.identity()).toEqual({ email: undefined, token: undefined })
    expect(shop.simulator.requests).toHaveLength(0)
  })

  test("keeps the address o'brien+x&co@example.com unchanged, and runs no script from a name or message", async () => {
    const { email } = credentials('brien')
    await tab.logIn('brien')
    await tab.chatKnows({ email })
    await tab.say('<img src=x onerror=alert(2)>')
    expect(await tab.greeting()).toBe(`Hello, ${email}`)
    expect((await tab.identity()).email).toBe(email)
    expect(await tab.page.textContent('main')).toContain('</script><img src=x onerror=alert(1)>')
    for (const path of ['/', '/single-page', '/no-inline-script', '/auto-insert']) {
      await tab.visit(path)
      await tab.chatKnows({ email })
    }
    await tab.page.goto(`${shop.simulator.url}/inbox`)
    expect(await tab.page.textContent('[data-contact-name]')).toBe('</script><img src=x onerror=alert(1)>')
    expect(await tab.page.locator('img').count()).toBe(0)
    expect(inbox()).toEqual([{ identified: true, email, texts: ['<img src=x onerror=alert(2)>'] }])
    expect(tab.complaints).toEqual([])
  })

  test('costs one mint for ten pages in two tabs', async () => {
    await tab.logIn('jane')
    const second = await openTab(device, shop)
    for (const path of ['/', '/account', '/auto-insert', '/no-inline-script', '/single-page']) {
      await Promise.all([tab.visit(path), second.visit(path)])
      await Promise.all([tab.chatKnows({ email: 'jane@example.com' }), second.chatKnows({ email: 'jane@example.com' })])
    }
    expect(shop.simulator.requests).toHaveLength(1)
  })

  describe('without JavaScript', () => {
    test('everything but the chat works', async () => {
      const plain = await openDevice(browser, { javaScriptEnabled: false })
      const reader = await openTab(plain, shop)
      await reader.visit('/login')
      await reader.page.fill('[name=email]', 'jane@example.com')
      await reader.page.fill('[name=password]', 'wrong')
      await reader.page.click('main form button')
      expect(await reader.page.textContent('[role=alert]')).toContain('do not belong together')
      await reader.fillLogin('jane')
      await reader.page.waitForURL(`${shop.url}/account`)
      expect(await reader.page.getAttribute('[data-identified]', 'data-identified')).toBe('true')
      await reader.logOut()
      await reader.visit('/single-page')
      await reader.fillLogin('jane')
      await reader.page.waitForURL(`${shop.url}/account`)
      await plain.close()
    })
  })
})
