// Login, chat and logout with the keyboard alone, with the order and names that a screen reader gets.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import type { Browser, BrowserContext } from 'playwright-core'
import { credentials, type Example, startExample } from '../example-app/start-example.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS, type ShopTab } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

describeWithChromium('by keyboard', () => {
  let browser: Browser
  let shop: Example
  let context: BrowserContext
  let tab: ShopTab

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  beforeEach(async () => {
    shop = await startExample()
    context = await openDevice(browser)
    tab = await openTab(context, shop)
  })
  afterEach(async () => {
    await context.close()
    await shop.close()
  })

  const press = (key: string) => tab.page.keyboard.press(key)
  const type = (text: string) => tab.page.keyboard.type(text)

  /** Role and name of the focused element, as a screen reader gets them. */
  async function focused(): Promise<string> {
    const snapshot = await tab.page.locator(':focus').ariaSnapshot()
    return snapshot.split('\n')[0]?.replace(/^- /, '').replace(/:.*/, '') ?? ''
  }

  /** All elements of the page that Tab reaches, in order. */
  async function tabOrder(): Promise<string[]> {
    const order: string[] = []
    for (let step = 0; step < 40; step += 1) {
      await press('Tab')
      if ((await tab.page.locator(':focus').count()) === 0) return order
      order.push(await focused())
    }
    throw new Error(`Tab never left the page: ${order.join(', ')}`)
  }

  test('on the login page Tab goes from top to bottom, demo users are named by their address, and the chat is last', async () => {
    await tab.visit('/login')
    await tab.chatKnows('guest')
    expect(await tabOrder()).toEqual([
      'link "Skip to the content"',
      'link "Corner Shop"',
      'link "Log in"',
      'textbox "Email"',
      'textbox "Password"',
      'button "Log in"',
      ...(['jane', 'brien', 'uma'] as const).map((id) => `button "Log in as ${credentials(id).email}"`),
      'link "simulator’s inbox"',
      'button "Dismiss greeting"',
      'button "Open chat"'
    ])
  })

  test('login, a message, an answer, closing the chat and logout need no mouse', async () => {
    await tab.visit('/login')
    await tab.page.focus('#email')
    await type(credentials('jane').email)
    await press('Tab')
    await type(credentials('jane').password)
    await press('Enter')
    await tab.page.waitForURL(`${shop.url}/account`)
    await tab.chatKnows({ email: 'jane@example.com' })

    await press('Shift+Tab')
    expect(await focused()).toBe('button "Open chat"')
    await press('Enter')
    expect(await focused()).toBe('textbox "Your message"')
    await type('Where is my order?')
    await press('Enter')
    await tab.page.locator('#hubspot-simulator-status', { hasText: 'Sent' }).waitFor()
    expect(await focused()).toBe('textbox "Your message"')
    shop.simulator.answer('1001', 'On its way')
    await tab.page.locator('#hubspot-simulator-messages li[data-from="agent"]').waitFor()
    expect(await focused()).toBe('textbox "Your message"')

    await press('Escape')
    expect(await focused()).toBe('button "Open chat"')
    await tab.page.focus('.brand')
    await press('Tab')
    expect(await focused()).toBe('link "Account"')
    await press('Tab')
    expect(await focused()).toBe('button "Log out"')
    await press('Enter')
    await tab.page.waitForURL(`${shop.url}/`)
    await tab.chatKnows('guest')
  })

  test('Enter on the button of a demo user logs that user in', async () => {
    await tab.visit('/login')
    await tab.page.getByRole('button', { name: 'Log in as uma@example.com' }).focus()
    await press('Enter')
    await tab.page.waitForURL(`${shop.url}/account`)
    expect(await tab.page.textContent('main')).toContain('Not yet')
  })

  describe('without a reload', () => {
    test('after a login or logout the focus is on the status message', async () => {
      await tab.visit('/single-page')
      await tab.chatKnows('guest')
      await tab.page.focus('#email')
      await type(credentials('jane').email)
      await press('Tab')
      await type(credentials('jane').password)
      await press('Enter')
      await tab.chatKnows({ email: 'jane@example.com' })
      expect(await tab.page.locator(':focus').textContent()).toContain('You are logged in as jane@example.com')

      await tab.page.getByRole('button', { name: 'Log out' }).focus()
      await press('Enter')
      await tab.chatKnows('guest')
      expect(await tab.page.locator(':focus').textContent()).toBe('You are logged out; the chat has forgotten you.')
      await press('Tab')
      expect(await focused()).toBe('textbox "Email"')

      await tab.page.getByRole('button', { name: 'Log in as uma@example.com' }).focus()
      await press('Enter')
      await tab.page.locator('#status', { hasText: 'You are logged in as uma@example.com' }).waitFor()
      expect(await tab.page.locator(':focus').getAttribute('id')).toBe('status')
    })
  })

  test('the chat is one region with a named dialog, and each message names its sender', async () => {
    await tab.logIn('jane')
    await tab.say('Where is my order?')
    shop.simulator.answer('1001', 'On its way')
    await tab.page.locator('#hubspot-simulator-messages li[data-from="agent"]').waitFor()
    expect(await tab.page.locator('#hubspot-simulator-widget').ariaSnapshot()).toBe(
      `- region "Chat":
  - dialog "Chat window":
    - heading "Chat with us" [level=2]
    - paragraph: Hello, jane@example.com
    - paragraph: ✓ Identified via API
    - button "Close chat": ×
    - navigation "Your conversations":
      - heading "Your conversations" [level=3]
      - list:
        - listitem:
          - button "Where is my order?"
      - button "+ New conversation"
    - log "Messages":
      - list:
        - listitem: "You: Where is my order?"
        - listitem: "Answer: On its way"
    - status
    - text: Your message
    - textbox "Your message":
      - /placeholder: Write a message
    - button "Send"
    - paragraph: "Simulator: stands in for HubSpot"
  - button "Close chat" [expanded]`
    )
    expect(await tab.page.getByRole('banner').count()).toBe(1)
  })

  test('choosing a conversation keeps the focus on it', async () => {
    await tab.logIn('jane')
    await tab.say('The first')
    await tab.page.click('#hubspot-simulator-new')
    await tab.say('The second')
    await tab.page.getByRole('button', { name: 'The first' }).focus()
    await press('Enter')
    expect(await focused()).toBe('button "The first"')
    expect(await tab.messages()).toEqual(['The first'])
  })

  test('in the inbox an answer can be written, and a failure to send it is announced', async () => {
    await tab.visit('/')
    await tab.say('Hello')
    await tab.page.goto(`${shop.simulator.url}/inbox`)
    for (let step = 0; step < 3; step += 1) await press('Tab')
    expect(await focused()).toBe('textbox "Answer to Unknown visitor, conversation 1001"')
    await type('Hi')
    await press('Enter')
    await tab.page.locator('#news', { hasText: 'Answer sent' }).waitFor({ state: 'attached' })
    expect(await focused()).toBe('textbox "Answer to Unknown visitor, conversation 1001"')
    expect(await tab.page.inputValue('textarea')).toBe('')
    await shop.simulator.close()
    await type('Are you there?')
    await press('Enter')
    await tab.page.locator('#news', { hasText: 'The answer could not be sent' }).waitFor({ state: 'attached' })
    expect(await tab.page.inputValue('textarea')).toBe('Are you there?')
  })

  test('the launcher is visible with forced colours', async () => {
    const forced = await openTab(await openDevice(browser, { forcedColors: 'active' }), shop)
    await forced.visit('/')
    await forced.chatKnows('guest')
    const launcher = forced.page.locator('#hubspot-simulator-launcher')
    const { border, face, sign } = await launcher.evaluate((element) => {
      const style = getComputedStyle(element)
      return {
        border: `${style.borderTopStyle} ${style.borderTopWidth}`,
        face: style.backgroundColor,
        sign: getComputedStyle(element, '::before').backgroundColor
      }
    })
    expect(border).toBe('solid 2px')
    expect(sign).not.toBe(face)
    await forced.context.close()
  })
})
