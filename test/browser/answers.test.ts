// Messages in both directions without a reload: from the inbox to the chat, and from the chat to the inbox.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const WIDGET = '#hubspot-simulator-widget'
const HOSTILE = '</script><img src=x onerror=alert(3)>'

describeWithChromium('an answer from the inbox', () => {
  let browser: Browser
  let shop: Example
  let device: BrowserContext
  let tab: ShopTab
  let inbox: Page
  const closers: (() => Promise<void>)[] = []

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    shop = await startExample()
    device = await openDevice(browser)
    tab = await openTab(device, shop)
    const desk = await openTab(await openDevice(browser), shop)
    inbox = desk.page
  })
  afterEach(async () => {
    await device.close()
    await inbox.context().close()
    await shop.close()
    for (const close of closers.splice(0)) await close()
  })

  const answer = async (text: string) => {
    await inbox.fill('article textarea', text)
    await inbox.click('article button')
    await inbox.locator('[data-message][data-from="agent"]', { hasText: text }).waitFor()
  }
  const answerShown = (text: string) =>
    tab.page.locator('#hubspot-simulator-messages li[data-from="agent"]', { hasText: text })
  const unread = () => tab.page.evaluate(() => (globalThis as unknown as { unread: number[] }).unread)
  const recordUnread = () =>
    tab.page.evaluate(() => {
      const page = globalThis as unknown as {
        unread: number[]
        HubSpotConversations: { on(name: string, fn: (payload: { unreadCount: number }) => void): void }
      }
      page.unread = []
      page.HubSpotConversations.on('unreadConversationCountChanged', ({ unreadCount }) => page.unread.push(unreadCount))
    })

  test('appears in the chat, and the next message in the inbox, both without a reload', async () => {
    await inbox.goto(`${shop.simulator.url}/inbox`)
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Where is my order?')
    let loads = 0
    for (const page of [tab.page, inbox]) page.on('load', () => (loads += 1))

    await inbox.locator('[data-message]', { hasText: 'Where is my order?' }).waitFor()
    await answer(`On its way ${HOSTILE}`)
    await answerShown(`On its way ${HOSTILE}`).waitFor()
    expect(await tab.page.textContent('#hubspot-simulator-messages ol')).toBe(`Where is my order?On its way ${HOSTILE}`)

    await inbox.fill('article textarea', 'half an ans')
    await tab.say('Thank you')
    await inbox.locator('[data-message]', { hasText: 'Thank you' }).waitFor()
    expect(await inbox.inputValue('article textarea')).toBe('half an ans')
    expect(await inbox.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
    await inbox.locator('#news', { hasText: 'New message from Jane Doe' }).waitFor({ state: 'attached' })
    expect(await inbox.locator('img').count()).toBe(0)
    expect(loads).toBe(0)
    expect(tab.complaints).toEqual([])
  })

  test('counts as unread until the visitor opens the chat, also on the next page', async () => {
    await tab.visit('/')
    await tab.say('Do you sell tea?')
    await tab.page.click('#hubspot-simulator-close')
    await recordUnread()
    await inbox.goto(`${shop.simulator.url}/inbox`)
    await answer('We do')
    const launcher = tab.page.locator('#hubspot-simulator-launcher[data-unread="1"]')
    await launcher.waitFor()
    expect(await launcher.getAttribute('aria-label')).toBe('Open chat, 1 unread conversation')
    expect(await unread()).toEqual([1])

    await tab.visit('/login')
    await launcher.waitFor()
    await recordUnread()
    await launcher.click()
    await answerShown('We do').waitFor()
    expect(await tab.page.locator('#hubspot-simulator-launcher[data-unread]').count()).toBe(0)
    expect(await unread()).toEqual([0])
    await tab.visit('/')
    await tab.chatKnows('guest')
    await answerShown('We do').waitFor({ state: 'attached' })
    expect(await tab.page.locator('#hubspot-simulator-launcher[data-unread]').count()).toBe(0)
  })

  test('can be followed by the link of the inbox back to the app', async () => {
    await tab.visit('/login')
    await tab.say('Hello')
    await inbox.goto(`${shop.simulator.url}/inbox`)
    await inbox.click('[data-app]')
    await inbox.waitForURL(`${shop.url}/`)
  })

  test('can be sent without JavaScript', async () => {
    await tab.visit('/')
    await tab.say('Hello')
    const plain = await openDevice(browser, { javaScriptEnabled: false })
    const page = await plain.newPage()
    await page.goto(`${shop.simulator.url}/inbox`)
    await page.fill('article textarea', 'Hi')
    await page.click('article button')
    await page.waitForURL(`${shop.simulator.url}/inbox#conversation-1001`)
    expect(await page.locator('[data-message]').allTextContents()).toEqual(['Hello', 'Hi'])
    await answerShown('Hi').waitFor()
    await plain.close()
  })

  test('arrives also after a restart of the simulator, which empties the inbox', async () => {
    await shop.close()
    const { port, close } = await startHubSpotSimulator()
    await close()
    shop = await startExample({}, { port })
    tab = await openTab(device, shop)
    await inbox.goto(`${shop.simulator.url}/inbox`)
    await tab.logIn('jane')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Before')
    await inbox.locator('[data-message]', { hasText: 'Before' }).waitFor()
    await shop.simulator.close()
    const again = await startHubSpotSimulator({ port })
    closers.push(again.close)
    await inbox.locator('[data-empty]').waitFor()
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.page.locator('#hubspot-simulator-messages li').waitFor({ state: 'detached' })
    await tab.say('After')
    await inbox.locator('[data-message]', { hasText: 'After' }).waitFor()
    await answer('Still here')
    await answerShown('Still here').waitFor()
    expect(await tab.page.locator(WIDGET).getAttribute('data-email')).toBe('jane@example.com')
  })
})
