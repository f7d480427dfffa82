// Strict content security policies and the page with autoInsert, in Chromium: the chat works, and no violation is reported.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

describeWithChromium('under a strict content security policy', () => {
  let browser: Browser
  let shop: Example
  let device: BrowserContext
  let tab: ShopTab

  beforeAll(async () => {
    browser = await launchChromium()
    shop = await startExample()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })
  beforeEach(async () => {
    device = await openDevice(browser)
    tab = await openTab(device, shop)
  })
  afterEach(() => device.close())

  test.each(['/', '/login', '/single-page', '/no-inline-script', '/auto-insert', '/nothing-here'])(
    '%s has a chat for guests, and no violation',
    async (path) => {
      await tab.visit(path)
      await tab.chatKnows('guest')
      await tab.say(`Hello from ${path}`)
      const expected = path === '/nothing-here' ? [expect.stringContaining('404')] : []
      expect(tab.complaints).toEqual(expected)
    }
  )

  test.each(['/', '/account', '/single-page', '/no-inline-script', '/auto-insert'])(
    '%s identifies the user, and has no violation',
    async (path) => {
      await tab.logIn('jane')
      const response = await tab.visit(path)
      await tab.chatKnows({ email: 'jane@example.com' })
      await tab.say(`Hello from ${path}`)
      expect(response?.headers()['content-security-policy']).not.toContain('unsafe')
      expect(tab.complaints).toEqual([])
    }
  )

  test('the page without inline scripts has none, and its policy blocks them', async () => {
    await tab.logIn('jane')
    const response = await tab.visit('/no-inline-script')
    expect(response?.headers()['content-security-policy']).not.toContain('nonce-')
    expect(await response?.text()).not.toMatch(/<script(?![^>]* src=)/)
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "ran"'
      document.head.append(script)
    })
    expect(await tab.page.title()).toContain('No inline script')
    expect(tab.complaints.join()).toContain('policy violated: script-src-elem inline')
  })

  test('the page with autoInsert has the snippet once, in its head', async () => {
    await tab.logIn('jane')
    const response = await tab.visit('/auto-insert')
    const html = (await response?.text()) ?? ''
    expect(html.match(/JSON\.parse\(/g)).toHaveLength(1)
    expect(html.indexOf('JSON.parse(')).toBeLessThan(html.indexOf('</head>'))
    expect(response?.headers()['cache-control']).toBe('private, no-store')
  })
})
