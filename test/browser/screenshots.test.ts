// Takes the two screenshots of the README: the identified chat and the inbox. The simulator has a fixed clock.
import { mkdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const FOLDER = new URL('../../example-app/screenshots/', import.meta.url).pathname
const NOON = Date.UTC(2026, 10, 2, 12, 0)

describeWithChromium('the screenshots', () => {
  let browser: Browser
  let shop: Example
  let now = NOON

  beforeAll(async () => {
    browser = await launchChromium()
    shop = await startExample({}, { now: () => now })
    mkdirSync(FOLDER, { recursive: true })
  })
  afterAll(async () => {
    await browser?.close()
    await shop?.close()
  })

  const shoot = (page: Page, name: string) =>
    page.screenshot({ path: `${FOLDER}${name}.png`, animations: 'disabled', caret: 'hide' })

  test('show an identified chat, and the inbox with the badge', async () => {
    const guest = await openTab(await openDevice(browser), shop)
    await guest.visit('/')
    await guest.chatKnows('guest')
    await guest.say('Hello, do you ship to Norway?')

    now += 4 * 60 * 1000
    const jane = await openTab(await openDevice(browser), shop)
    await jane.logIn('jane')
    await jane.chatKnows({ email: 'jane@example.com' })
    await jane.say('Hi! Where is my order from Tuesday?')
    now += 60 * 1000
    await jane.say('The tracking link has not moved since yesterday.')
    await jane.page.locator('#hubspot-simulator-status', { hasText: 'Sent' }).waitFor()
    now += 60 * 1000
    shop.simulator.answer('1002', 'Hello Jane! It left our warehouse this morning, so it moves again today.')
    await jane.page.locator('#hubspot-simulator-messages li[data-from="agent"]').waitFor()
    expect(jane.complaints).toEqual([])
    await jane.page.mouse.move(0, 0)
    await shoot(jane.page, 'identified-chat')

    await jane.page.setViewportSize({ width: 1280, height: 960 })
    await jane.page.goto(`${shop.simulator.url}/inbox`)
    expect(await jane.page.locator('article').count()).toBe(2)
    // The test has a random port; the screenshot shows the port of `npm start`.
    await jane.page.locator('[data-page] a').evaluateAll((links) => {
      for (const link of links) link.textContent = 'http://127.0.0.1:3000/'
    })
    await shoot(jane.page, 'inbox')
  })
})
