// Logins, account switches and logouts without a reload, and answers of the token endpoint that are outdated when they arrive.
import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, type Endpoint, held, tags } from './site.js'

const REFRESH = 'hubspotIdentification.chat.refresh()'
/** A fetch that ignores aborts, because an answer may already be complete when the request is aborted. */
const UNABORTABLE = `<script>{ const original = fetch; window.fetch = (url, init) => original(url, { ...init, signal: null }) }
</script>`
const FORGET = 'hubspotIdentification.forgetVisitor()'

/** Two route changes with the clock stopped; clears the recorded calls first. */
async function changeRouteTwice(page: Page): Promise<void> {
  await page.evaluate('calls.length = 0')
  await page.clock.pauseAt(Date.now() + 10_000)
  await page.evaluate(REFRESH)
  await page.evaluate(REFRESH)
}

describeWithChromium('handle.refresh()', () => {
  const { site, open } = useBrowser()

  test('identifies a guest who has logged in, in a fresh chat', async () => {
    const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await converse()
    site().endpoint = answers.identified('ann')
    await page.evaluate(REFRESH)
    await untilChatIs('ann@example.com')
    expect(await isConversing()).toBe(false)
  })

  test('after an account switch shows only the new person', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
    expect(await isConversing()).toBe(false)
  })

  test('after a switch to a user whose token is unavailable shows nobody', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    site().endpoint = answers.unavailable('60', 'ann')
    await page.evaluate(REFRESH)
    // The same person, only without a token: the chat stays as it is.
    await untilChatIs('ann@example.com')
    expect(await isConversing()).toBe(true)
    site().endpoint = answers.unavailable('60', 'bob')
    await page.evaluate(REFRESH)
    await untilChatIs('nobody')
    expect(await isConversing()).toBe(false)
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
  })

  test.each([
    ['the endpoint', answers.nobody],
    ['a login check in front of it', ((_req, res) => res.status(401).json({ error: 'log in' })) satisfies Endpoint]
  ])(
    'shows nobody when %s answers that nobody is logged in, also if the app has replaced the settings',
    async (_name, nobody) => {
      site().endpoint = answers.identified('ann')
      const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
      await untilChatIs('ann@example.com')
      await converse()
      await page.evaluate('hsConversationsSettings = { loadImmediately: false }')
      site().endpoint = nobody
      await page.evaluate(REFRESH)
      await untilChatIs('nobody')
      expect(await isConversing()).toBe(false)
      site().endpoint = answers.identified('ann')
      await page.evaluate(REFRESH)
      await untilChatIs('ann@example.com')
    }
  )

  test('a chat that is stopped and started again does not show the previous person', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, settings } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    const next = held(answers.nobody)
    site().endpoint = next.endpoint
    await page.evaluate(`hubspotIdentification.chat.stop()
      hsConversationsSettings = {}
      void hubspotIdentification.startChat()`)
    await next.reached
    expect(await settings()).toEqual({ loadImmediately: false })
    next.release()
    await untilChatIs('nobody')
  })

  test('resets the chat with `clear` if the build has no resetAndReloadWidget', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, calls } = await open(`<script>oldBuild = true</script>${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
    expect(await calls()).toContain('clear {"resetWidget":true}')
  })

  test('lets HubSpot choose the chat for the new route, and keeps the conversation', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(REFRESH)
    expect(await calls()).toEqual(['refresh'])
    expect(await isConversing()).toBe(true)
  })

  test("repeats the call for the second of two quick route changes after HubSpot's limit of one call a second", async () => {
    const { page, untilChatIs, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await changeRouteTwice(page)
    expect(await calls()).toEqual(['refresh'])
    await page.clock.runFor(1200)
    expect(await calls()).toEqual(['refresh', 'refresh'])
  })

  test('simultaneous calls share one request', async () => {
    const { page, untilChatIs } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.evaluate(`Promise.all([${REFRESH}, ${REFRESH}, ${REFRESH}])`)
    expect(site().asked).toHaveLength(2)
  })

  test('after a login ignores the answer to an earlier request', async () => {
    const old = held(answers.nobody)
    site().endpoint = old.endpoint
    const { page, untilChatIs } = await open(`${tags.chat}${tags.hubspot}`)
    await old.reached
    site().endpoint = answers.identified('ann')
    await page.evaluate(REFRESH)
    old.release()
    await untilChatIs('ann@example.com')
  })
})

describeWithChromium('handle.stop()', () => {
  const { site, open } = useBrowser()

  test('ignores the pending answer, and sends no more requests', async () => {
    const late = held(answers.identified('ann'))
    site().endpoint = late.endpoint
    const { page, untilAnswered, setVisible, settings, settle } = await open(
      `${UNABORTABLE}${tags.chat}${tags.hubspot}`
    )
    await late.reached
    await page.evaluate('hubspotIdentification.chat.stop()')
    late.release()
    await untilAnswered(1)
    await page.clock.fastForward(24 * 60 * 60 * 1000)
    await setVisible(true)
    await page.evaluate(REFRESH)
    await settle()
    expect(site().asked).toHaveLength(1)
    expect(await settings()).toEqual({ loadImmediately: false })
  })

  test('cancels the delayed call for a route change', async () => {
    const { page, untilChatIs, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await changeRouteTwice(page)
    await page.evaluate('hubspotIdentification.chat.stop()')
    await page.clock.runFor(2000)
    expect(await calls()).toEqual(['refresh'])
  })

  test("loads no widget when HubSpot's script is added later", async () => {
    const { page, untilAnswered, calls } = await open(tags.chat)
    await untilAnswered(1)
    await page.evaluate('hubspotIdentification.chat.stop()')
    await page.addScriptTag({ url: site().widgetUrl })
    await page.waitForFunction('window.HubSpotConversations')
    await page.clock.runFor(2000)
    expect(await calls()).toEqual([])
  })

  test('a chat.js tag that a page swap runs again replaces the chat of the first tag', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.identified('bob')
    await page.evaluate(`document.body.append(Object.assign(document.createElement('script'),
      { src: '/hubspot/chat.js' })), document.body.lastChild.dataset.endpoint = '/hubspot/token'`)
    await untilChatIs('bob@example.com')
    expect(site().asked).toHaveLength(2)
  })
})

describeWithChromium('forgetVisitor()', () => {
  const { site, open } = useBrowser()

  test("leaves a guest's chat, and refresh() identifies the next person", async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing, settings } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(FORGET)
    expect(await settings()).toEqual({ loadImmediately: false })
    await untilChatIs('nobody')
    expect(await isConversing()).toBe(false)
    await converse()
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
  })

  test('ignores the pending answer, and the chat starts for a guest', async () => {
    const late = held(answers.identified('ann'))
    site().endpoint = late.endpoint
    const { page, untilChatIs, untilAnswered, settings } = await open(`${UNABORTABLE}${tags.chat}${tags.hubspot}`)
    await late.reached
    await page.evaluate(FORGET)
    late.release()
    await untilAnswered(1)
    await untilChatIs('nobody')
    expect(await settings()).toEqual({ loadImmediately: false })
  })

  test('a tab that becomes visible after it sends no request: the logout may still be in progress', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, setVisible, settle } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.evaluate(FORGET)
    await page.clock.fastForward(12 * 60 * 60 * 1000)
    await setVisible(true)
    await settle()
    expect(site().asked).toHaveLength(1)
  })

  test("deletes the chat's cookies also if the widget was never loaded or its script is blocked", async () => {
    for (const html of [`<script>hsConversationsSettings = { loadImmediately: false }</script>${tags.hubspot}`, '']) {
      const { page, context, errors } = await open(`${tags.functions}${html}`)
      const names = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message', 'mine']
      await context.addCookies(names.map((name) => ({ name, value: '1', url: site().url })))
      await page.evaluate(FORGET)
      expect(await page.evaluate('document.cookie')).toBe('mine=1')
      expect(errors).toEqual([])
    }
  })

  test('does not load a widget that the page has not loaded', async () => {
    const { page, calls } = await open(`<script>hsConversationsSettings = { loadImmediately: false }</script>
      ${tags.functions}${tags.hubspot}`)
    await page.evaluate(FORGET)
    expect(await calls()).not.toContainEqual(expect.stringMatching(/^load/))
  })

  test('removes an identity that the page set itself, without startChat', async () => {
    const { page, untilChatIs, settings } = await open(`${tags.functions}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.evaluate(
      'hsConversationsSettings = { identificationEmail: "a@example.com", identificationToken: "t" }, 0'
    )
    await page.evaluate(FORGET)
    await untilChatIs('nobody')
    expect(await settings()).toEqual({})
  })
})
