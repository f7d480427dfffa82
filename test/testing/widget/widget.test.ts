// The chat window in Chromium, on a page with another origin than the simulator.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../../lib/testing/index.js'
import { violationsOf } from '../../support/axe.js'
import { describeWithChromium, launchChromium } from '../../support/chromium.js'
import { mint } from '../api-calls.js'

const HOSTILE = '</script><img src=x onerror=alert(1)>'

/** The widget's global object, as the page's own scripts use it. */
type Conversations = {
  widget: Record<'load' | 'refresh' | 'open' | 'close' | 'remove', (options?: object) => void> & {
    status: () => { loaded: boolean; pending: boolean }
  }
  clear: (options?: object) => void
  resetAndReloadWidget: () => void
  on: (name: string, fn: (payload: unknown) => void) => void
  off: (name: string, fn: (payload: unknown) => void) => void
  debug: () => void
}
type ChatWindow = {
  HubSpotConversations: Conversations
  hsConversationsSettings: Record<string, unknown>
  log: unknown[]
}

const root = '#hubspot-simulator-widget'
const part = (name: string) => `#hubspot-simulator-${name}`

describeWithChromium('the chat window', () => {
  let browser: Browser
  let site: Server
  let simulator: HubSpotSimulator
  let context: BrowserContext
  let page: Page
  let html = ''
  let policy: string | undefined
  const said: string[] = []

  beforeAll(async () => {
    browser = await launchChromium()
    site = createServer((_req, res) => {
      res.setHeader('content-type', 'text/html;charset=utf-8')
      if (policy) res.setHeader('content-security-policy', policy)
      res.end(html)
    })
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await browser?.close()
    site?.closeAllConnections()
    site?.close()
  })
  beforeEach(async () => {
    simulator = await startHubSpotSimulator()
    policy = undefined
    await openContext()
  })
  afterEach(async () => {
    await context.close()
    await simulator.close()
  })

  async function openContext() {
    context = await browser.newContext()
    page = await context.newPage()
    page.setDefaultTimeout(5000)
    said.length = 0
    page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => said.push(`pageerror: ${error.message}`))
    page.on('dialog', (dialog) => {
      said.push(`dialog: ${dialog.message()}`)
      dialog.dismiss().catch(() => undefined)
    })
  }

  /** Opens a page with these settings above the chat's script. */
  async function visit(settings: object = {}, more = '') {
    html = `<!doctype html><title>Shop</title><h1>Shop</h1>${more}
      <script nonce="abc">window.log = []; window.hsConversationsSettings = ${JSON.stringify(settings)}</script>
      <script src="${simulator.url}/12345.js"></script>`
    await page.goto(`http://localhost:${(site.address() as AddressInfo).port}/`)
  }
  const onPage = <T>(fn: (chat: ChatWindow) => T) => page.evaluate(`(${fn.toString()})(window)`) as Promise<Awaited<T>>
  const cookieNames = async () => (await context.cookies()).map(({ name }) => name).sort()
  const identity = async (email = 'jane@example.com') => ({
    identificationEmail: email,
    identificationToken: await mint(simulator, { email, firstName: HOSTILE })
  })
  const shown = () => page.locator(root).waitFor({ state: 'attached' })
  const identified = () => page.locator(root).getAttribute('data-identified')

  async function write(text: string) {
    if ((await page.locator(root).getAttribute('data-state')) === 'closed') await page.click(part('launcher'))
    await page.fill(part('input'), text)
    await page.click(part('send'))
    await page.locator(part('status'), { hasText: 'Sent' }).waitFor()
  }

  /** Changes the settings on the page. */
  const setIdentity = (settings: object) =>
    page.evaluate((next) => {
      Object.assign((globalThis as unknown as ChatWindow).hsConversationsSettings, next)
    }, settings)

  describe('of an identified visitor', () => {
    test('greets the visitor by email, and a message is in the inbox with the badge', async () => {
      await visit(await identity())
      await page.click(part('launcher'))
      expect(await page.textContent(part('greeting'))).toBe('Hello, jane@example.com')
      expect(await page.textContent(part('identity'))).toContain('Identified via API')
      await write('Where is my order?')
      expect(await page.locator(`${part('messages')} [data-from="visitor"]`).allTextContents()).toEqual([
        'Where is my order?'
      ])
      expect(await cookieNames()).toEqual(['hs-messages-hide-welcome-message', 'hs-messages-is-open'])

      await page.goto(simulator.url)
      const conversation = page.locator('article[data-identified="true"]')
      expect(await conversation.locator('[data-contact-name]').textContent()).toBe(HOSTILE)
      expect(await conversation.locator('[data-contact-email]').textContent()).toBe('jane@example.com')
      expect(await conversation.locator('[data-badge="identified"]').textContent()).toBe('Identified via API')
      expect(await conversation.locator('[data-message]').textContent()).toBe('Where is my order?')
      expect(said).toEqual([])
    })

    test('shows earlier threads on a second device, and can start a new one', async () => {
      await visit(await identity())
      await write('From the phone')
      await context.close()
      await openContext()
      await visit(await identity())
      await page.click(part('launcher'))
      expect(await page.locator(`${part('messages')} li`).allTextContents()).toEqual(['From the phone'])
      await onPage((chat) => {
        for (const name of ['conversationStarted', 'contactAssociated', 'userSelectedThread']) {
          chat.HubSpotConversations.on(name, (payload) => chat.log.push([name, payload]))
        }
      })
      await page.click(part('new'))
      await write('From the laptop')
      await page.click(`${part('threads')} [data-conversation-id="1001"]`)
      expect(await onPage((chat) => chat.log)).toEqual([
        ['conversationStarted', { conversation: { conversationId: '1002' } }],
        ['contactAssociated', { message: 'visitor has been associated with a contact' }],
        ['userSelectedThread', { conversation: { conversationId: '1001' } }]
      ])
      expect(await page.locator(`${part('messages')} li`).allTextContents()).toEqual(['From the phone'])
    })

    test('does not identify a visitor with a token for another address; shows special characters unchanged', async () => {
      const { identificationToken } = await identity()
      await visit({ identificationEmail: 'boss@example.com', identificationToken })
      await shown()
      expect(await identified()).toBe('false')
      await visit(await identity("o'brien+x&co@example.com"))
      await page.locator(`${root}[data-identified="true"]`).waitFor()
      expect(await page.locator(root).getAttribute('data-email')).toBe("o'brien+x&co@example.com")
    })
  })

  test('decodes a URL-encoded email address, and hides the new-thread link with hideNewThreadLink', async () => {
    await visit({ ...(await identity()), identificationEmail: 'jane%40example.com', hideNewThreadLink: true })
    await page.locator(`${root}[data-email="jane@example.com"]`).waitFor()
    await write('One')
    expect(await page.isVisible(part('threads'))).toBe(true)
    expect(await page.isVisible(part('new'))).toBe(false)
  })

  test('says that a message could not be sent, and keeps its text', async () => {
    await visit()
    await page.click(part('launcher'))
    await simulator.close()
    await page.fill(part('input'), 'Hello?')
    await page.click(part('send'))
    await page.locator(part('status'), { hasText: 'Could not be sent' }).waitFor()
    expect(await page.inputValue(part('input'))).toBe('Hello?')
  })

  describe('of a guest', () => {
    test("sets a guest's cookies with path and lifetime, and shows markup in a message as text", async () => {
      await visit()
      await write(HOSTILE)
      expect(await page.textContent(part('greeting'))).toBe('Hello! How can we help?')
      expect(await page.locator(`${part('messages')} li`).allTextContents()).toEqual([HOSTILE])
      const days = Object.fromEntries(
        (await context.cookies()).map(({ name, path, expires }) => [
          name,
          [path, Math.round((expires - Date.now() / 1000) / 60)]
        ])
      )
      expect(days).toEqual({
        messagesUtk: ['/', 180 * 24 * 60],
        'hs-messages-is-open': ['/', 30],
        'hs-messages-hide-welcome-message': ['/', 24 * 60]
      })
      await page.goto(simulator.url)
      expect(await page.textContent('[data-contact-name]')).toBe('Unknown visitor')
      expect(await page.locator('[data-badge]').count()).toBe(0)
      expect(said).toEqual([])
    })

    test('keeps the messages and stays open after a reload', async () => {
      await visit()
      await write('One')
      await visit()
      await page.locator(`${root}[data-state="open"]`).waitFor()
      expect(await page.locator(`${part('messages')} li`).allTextContents()).toEqual(['One'])
      await page.press(part('input'), 'Escape')
      expect(await page.locator(root).getAttribute('data-state')).toBe('closed')
    })
  })

  describe('the identity', () => {
    test('is copied at load: later changes of the settings have no effect until a reset', async () => {
      await visit()
      await shown()
      await setIdentity(await identity())
      await onPage((chat) => {
        chat.HubSpotConversations.widget.remove()
        chat.HubSpotConversations.widget.load()
      })
      await shown()
      expect(await identified()).toBe('false')
      await onPage((chat) => chat.HubSpotConversations.resetAndReloadWidget())
      await page.locator(`${root}[data-identified="true"]`).waitFor()
      expect(await cookieNames()).toEqual([])
    })

    test('is read again by refresh({ setIdentification: true }), which keeps the open window and its unsent text', async () => {
      await visit(await identity())
      await write('One')
      await page.fill(part('input'), 'not yet sent')
      await setIdentity(await identity())
      const answered = page.waitForResponse(/livechat-public/)
      await onPage((chat) => chat.HubSpotConversations.widget.refresh({ setIdentification: true }))
      await answered
      expect(await page.inputValue(part('input'))).toBe('not yet sent')
      expect(await page.locator(root).getAttribute('data-state')).toBe('open')

      await page.evaluate('Date.now = () => 9e15')
      await setIdentity({ identificationEmail: '', identificationToken: '' })
      await onPage((chat) => chat.HubSpotConversations.widget.refresh({ setIdentification: true }))
      await page.locator(`${root}[data-identified="false"]`).waitFor()
      expect(await page.inputValue(part('input'))).toBe('')
      expect(await page.locator(`${part('messages')} li`).count()).toBe(0)
    })

    test('is read at the first load() with loadImmediately: false; other calls before it only warn', async () => {
      await visit({ loadImmediately: false })
      await onPage((chat) => {
        const { widget, clear, resetAndReloadWidget } = chat.HubSpotConversations
        for (const call of [widget.refresh, widget.open, widget.close, widget.remove, clear, resetAndReloadWidget])
          call()
      })
      expect(said.filter((line) => /warning: .* does nothing before the first widget.load/.test(line))).toHaveLength(6)
      expect(await onPage((chat) => chat.HubSpotConversations.widget.status())).toEqual({
        loaded: false,
        pending: false
      })
      expect(await page.locator(root).count()).toBe(0)
      await setIdentity(await identity())
      await onPage((chat) => chat.HubSpotConversations.widget.load({ widgetOpen: true }))
      await page.locator(`${root}[data-identified="true"][data-state="open"]`).waitFor()
      expect(await onPage((chat) => chat.HubSpotConversations.widget.status())).toEqual({
        loaded: true,
        pending: false
      })

      await onPage((chat) => chat.HubSpotConversations.resetAndReloadWidget())
      expect(await page.locator(root).count()).toBe(0)
      await onPage((chat) => chat.HubSpotConversations.clear())
      expect(said.at(-1)).toContain('clear() does nothing')
    })

    test('is refused if it is null: no chat, and an error on the console', async () => {
      await visit({ identificationEmail: null, identificationToken: null })
      await page.waitForLoadState('networkidle')
      expect(await page.locator(root).count()).toBe(0)
      expect(said).toEqual([
        'error: [HubSpot simulator] The chat does not start, hsConversationsSettings is wrong: ' +
          'identificationEmail must be a string, is null; identificationToken must be a string, is null'
      ])
    })
  })

  describe('the calls', () => {
    test('clear({ resetWidget: true }) keeps the visitor id in memory, resetAndReloadWidget() does not', async () => {
      const utk = async () => (await context.cookies()).find(({ name }) => name === 'messagesUtk')?.value
      await visit()
      await shown()
      const first = await utk()
      await onPage((chat) => chat.HubSpotConversations.clear())
      expect(await cookieNames()).toEqual([])
      const loaded = () => page.waitForResponse(/livechat-public/).then(shown)
      await Promise.all([loaded(), onPage((chat) => chat.HubSpotConversations.clear({ resetWidget: true }))])
      expect(await utk()).toBe(first)
      await Promise.all([loaded(), onPage((chat) => chat.HubSpotConversations.resetAndReloadWidget())])
      expect(await utk()).toMatch(/^[0-9a-f]{32}$/)
      expect(await utk()).not.toBe(first)
    })

    test('emit events for loading, interaction and closing, until off(); ready callbacks run in order', async () => {
      const listen = `<script>
        var seen = []
        window.hsConversationsOnReady = [
          function () { seen.push('first'); throw new Error('of the page') },
          function () {
            seen.push('second')
            window.silent = function () { seen.push('never') }
            ;['widgetLoaded', 'userInteractedWithWidget', 'widgetClosed'].forEach(function (name) {
              HubSpotConversations.on(name, function (payload) { seen.push(name + ' ' + payload.message) })
              HubSpotConversations.on(name, silent)
              HubSpotConversations.off(name, silent)
            })
          }
        ]
      </script>`
      await visit({}, listen)
      await page.click(part('launcher'))
      await page.click(part('close'))
      expect(await page.evaluate('seen')).toEqual([
        'first',
        'second',
        'widgetLoaded widget has loaded',
        'userInteractedWithWidget user has interacted with the widget',
        'widgetClosed widget has closed'
      ])
    })

    test('load and refresh work at most once a second', async () => {
      await visit({ loadImmediately: false })
      let asked = 0
      page.on('request', (request) => {
        if (request.url().includes('livechat-public')) asked += 1
      })
      await onPage((chat) => {
        chat.HubSpotConversations.widget.load()
        chat.HubSpotConversations.widget.load()
      })
      await shown()
      await onPage((chat) => {
        for (let call = 0; call < 3; call += 1) chat.HubSpotConversations.widget.refresh()
      })
      await page.waitForLoadState('networkidle')
      expect(asked).toBe(2)
    })

    test('open, close and remove the window', async () => {
      await visit()
      await shown()
      await onPage((chat) => chat.HubSpotConversations.widget.open())
      expect(await page.locator(root).getAttribute('data-state')).toBe('open')
      await onPage((chat) => chat.HubSpotConversations.widget.close())
      expect(await page.locator(root).getAttribute('data-state')).toBe('closed')
      await onPage((chat) => chat.HubSpotConversations.widget.remove())
      expect(await page.locator(root).count()).toBe(0)
      expect(await onPage((chat) => chat.HubSpotConversations.widget.status())).toMatchObject({ loaded: false })
    })
  })

  describe('the page', () => {
    test('may have a strict Content-Security-Policy with avoidInlineStyles', async () => {
      policy = `default-src 'none'; script-src 'nonce-abc' ${simulator.url}; style-src ${simulator.url}; connect-src ${simulator.url}`
      await visit({ avoidInlineStyles: true, ...(await identity()) })
      await write('Hello')
      expect(await page.locator(part('launcher')).evaluate((element) => element.clientWidth)).toBe(60)
      expect(said.filter((line) => !line.includes('favicon'))).toEqual([])
    })

    test('may contain the window in one of its elements (inlineEmbedSelector), always open', async () => {
      await visit({ inlineEmbedSelector: '#chat' }, '<div id="chat"></div>')
      await page.locator(`#chat ${root}[data-state="open"]`).waitFor()
      expect(await page.isVisible(part('window'))).toBe(true)
      expect(await page.isVisible(part('launcher'))).toBe(false)
      expect(await page.isVisible(part('close'))).toBe(false)
      expect(await page.getByRole('dialog').count()).toBe(0)
      await write('Hello')
      expect(await violationsOf(page, root)).toEqual([])
    })
  })
})
