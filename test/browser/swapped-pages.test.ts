// Pages that Turbo Drive and htmx (the real libraries) swap into the current document: login, change of user and logout.
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { type ChatGlobals, openDevice, PATIENCE_MS } from './shop-tab.js'
import { type SwappedPages, startSwappedApp } from './swapped-app.js'

jest.setTimeout(PATIENCE_MS)

const PAGE_OF_DOCS = readFileSync('docs/single-page-apps.md', 'utf8')
const TURBO = '<script src="/scripts/turbo.js" defer></script>'
const HTMX = '<script src="/scripts/htmx.js"></script>'
const HEAD_SUPPORT = `${HTMX}<script src="/scripts/head-support.js"></script>`
const START_CHAT = '<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>'
/** The script of docs/single-page-apps.md, for this event. */
const startAgainOn = (event: string): string => {
  const [script] = /<script>\n {2}addEventListener\('turbo:load'[\s\S]*?<\/script>/.exec(PAGE_OF_DOCS) ?? []
  return String(script).replace('turbo:load', event)
}

const turbo = { head: TURBO }
const turboWithTransitions = { head: `<meta name="view-transition" content="same-origin">${TURBO}` }
const htmx = { head: HTMX, body: 'hx-boost="true"' }
const htmxWithTransitions = {
  ...htmx,
  head: `<meta name="htmx-config" content='{"globalViewTransitions":true}'>${HTMX}`
}
const htmxWithHeadSupport = { head: HEAD_SUPPORT, body: 'hx-boost="true" hx-ext="head-support"' }

const PAGES: [string, SwappedPages][] = [
  ['Turbo, snippet in the head', { ...turbo, snippet: 'head' }],
  ['Turbo, snippet in the head, settings of the page', { ...turbo, snippet: 'head', setsSettings: true }],
  ['Turbo, snippet in the body', { ...turbo, snippet: 'body' }],
  ['Turbo, snippet in the body, settings of the page', { ...turbo, snippet: 'body', setsSettings: true }],
  ['Turbo, autoInsert', { ...turbo, snippet: 'inserted' }],
  ['Turbo with view transitions, snippet in the head', { ...turboWithTransitions, snippet: 'head' }],
  ['Turbo with view transitions, snippet in the body', { ...turboWithTransitions, snippet: 'body' }],
  ['Turbo, startChat', { head: TURBO + START_CHAT + startAgainOn('turbo:load'), snippet: 'none' }],
  ['htmx, snippet in the body', { ...htmx, snippet: 'body' }],
  ['htmx, snippet in the body, settings of the page', { ...htmx, snippet: 'body', setsSettings: true }],
  ['htmx with view transitions, snippet in the body', { ...htmxWithTransitions, snippet: 'body' }],
  ['htmx with head-support, snippet in the head', { ...htmxWithHeadSupport, snippet: 'head' }],
  ['htmx with head-support, snippet in the body', { ...htmxWithHeadSupport, snippet: 'body' }],
  ['htmx with head-support, autoInsert', { ...htmxWithHeadSupport, snippet: 'inserted' }],
  ['htmx, startChat', { ...htmx, head: HTMX + START_CHAT + startAgainOn('htmx:pushedIntoHistory'), snippet: 'none' }]
]

describeWithChromium('pages swapped in', () => {
  let browser: Browser
  let device: BrowserContext
  let app: Awaited<ReturnType<typeof startSwappedApp>>

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    await device.close()
    await app.close()
  })

  async function openFirstPage(pages: SwappedPages) {
    app = await startSwappedApp(pages)
    device = await openDevice(browser)
    const page = await device.newPage()
    page.setDefaultTimeout(PATIENCE_MS / 8)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) complaints.push(message.text())
    })
    await page.goto(app.url)
    await page.evaluate('window.sameDocument = true')
    return {
      page,
      complaints,
      /** Waits until the page shows this user, and the chat is loaded with the same identity. */
      untilIs: async (who: string) => {
        const email = who === 'nobody' ? undefined : `${who}@example.com`
        await page.locator('#user', { hasText: email ?? 'nobody' }).waitFor()
        const state = email ? `[data-email="${email}"]` : '[data-identified="false"]:not([data-email])'
        await page.locator(`#hubspot-simulator-widget${state}`).waitFor({ state: 'attached' })
        await page.waitForFunction('HubSpotConversations.widget.status().loaded')
        const settings = await page.evaluate(
          () => (globalThis as unknown as ChatGlobals).hsConversationsSettings?.identificationEmail
        )
        expect(settings).toBe(email)
        expect(await page.locator('#hubspot-simulator-widget').count()).toBe(1)
        expect(await page.evaluate('window.sameDocument')).toBe(true)
      },
      /** The browser storage, where htmx keeps pages for the back button. */
      stored: (): Promise<string> => page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])'),
      token: (): Promise<string> => page.evaluate('hsConversationsSettings.identificationToken')
    }
  }

  test.each(PAGES)(
    '%s: the chat has the identity of the user after each login, change of user and logout',
    async (_, pages) => {
      const { page, untilIs, complaints } = await openFirstPage(pages)
      await page.click('#login-ann')
      await untilIs('ann')
      await page.click('#other')
      await page.locator('#other', { hasText: '/other' }).waitFor()
      await untilIs('ann')
      await page.click('#login-bob')
      await untilIs('bob')
      await page.click('#logout')
      await untilIs('nobody')
      await page.click('#other')
      await page.locator('#other', { hasText: '/other' }).waitFor()
      await untilIs('nobody')
      await page.click('#login-ann')
      await untilIs('ann')
      await page.click('#logout')
      await untilIs('nobody')
      expect(complaints).toEqual([])
    }
  )

  test.each(PAGES)(
    '%s: after a logout the back button shows no identity, and the browser storage has no token',
    async (_, pages) => {
      const { page, untilIs, stored, token } = await openFirstPage(pages)
      await page.click('#login-ann')
      await untilIs('ann')
      const secret = await token()
      await page.click('#other')
      await page.locator('#other', { hasText: '/other' }).waitFor()
      await untilIs('ann')
      await page.click('#logout')
      await untilIs('nobody')
      expect(await stored()).not.toContain(secret)
      await page.goBack()
      await page.locator('#other', { hasText: '/other' }).waitFor()
      const settings = await page.evaluate(
        () => (globalThis as unknown as ChatGlobals).hsConversationsSettings?.identificationEmail
      )
      expect(settings).toBeUndefined()
    }
  )
})
