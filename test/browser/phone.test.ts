// The example on a phone: no text is cut off or covered, and long addresses break only between their parts.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { createUsers, type NewUser } from '../../example-app/users.js'
import { type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const LONG: NewUser = {
  id: 'long',
  email: 'bartholomew.featherstonehaugh+newsletter@relations.headquarters.example.com',
  emailVerified: true,
  firstName: '',
  lastName: '',
  password: 'bartholomew-likes-it-long'
}

describeWithChromium('on a phone', () => {
  let browser: Browser
  let shop: Example

  beforeAll(async () => {
    browser = await launchChromium()
    shop = await startExample()
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  test('no password of the demo users is covered by the chat', async () => {
    const phone = await openTab(await openDevice(browser, { viewport: { width: 360, height: 740 } }), shop)
    await phone.visit('/login')
    await phone.chatKnows('guest')
    for (const password of await phone.page.locator('.secret code').all()) {
      await password.scrollIntoViewIfNeeded()
      const seen = await password.evaluate((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect()
        const points = [left + 1, right - 1].map((x) => document.elementFromPoint(x, (top + bottom) / 2))
        return { whole: left >= 0 && right <= innerWidth, free: points.every((point) => point === element) }
      })
      expect(seen).toEqual({ whole: true, free: true })
    }
    await phone.context.close()
  })

  /** The number of parts of the address, and of those that are broken over two lines. */
  const partsOf = (page: Page, selector: string) =>
    page.locator(selector).evaluate((element) => {
      const texts = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
      const lines = texts.map((text) => {
        const range = document.createRange()
        range.selectNodeContents(text)
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size
      })
      return { parts: texts.length, broken: lines.filter((count) => count > 1).length }
    })

  test('a long address breaks only between its parts, and no page is wider than the screen', async () => {
    const long = await startExample({ demoUsers: [LONG], users: await createUsers([LONG], { N: 2, r: 8, p: 1 }) })
    const phone = await openTab(await openDevice(browser, { viewport: { width: 320, height: 640 } }), long)
    const fits = () => phone.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
    await phone.visit('/login')
    expect(await fits()).toBe(true)
    expect(await partsOf(phone.page, '.people strong')).toEqual({ parts: 7, broken: 0 })
    await phone.page.click('.people button')
    await phone.page.waitForURL(`${long.url}/account`)
    await phone.chatKnows(LONG)
    expect(await fits()).toBe(true)
    expect(await partsOf(phone.page, 'dd:has(wbr)')).toEqual({ parts: 7, broken: 0 })
    await phone.openChat()
    expect(await partsOf(phone.page, '#hubspot-simulator-greeting')).toEqual({ parts: 7, broken: 0 })
    expect(await phone.greeting()).toBe(`Hello, ${LONG.email}`)
    await phone.page.goto(`${long.simulator.url}/inbox`)
    expect(await fits()).toBe(true)
    await phone.context.close()
    await long.close()
  })
})
