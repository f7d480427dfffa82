// Logins, account switches and logouts without a reload, and answers that come at the wrong moment.
import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, type Endpoint, held, tags } from './site.js'

const REFRESH = 'hubspotIdentification.chat.refresh()'
/** A fetch that cannot be aborted: an answer may be complete at the very moment of the abort. */
const UNABORTABLE = `<script>{ const original = fetch; window.fetch = (url, init) => original(url, { ...init, signal: null }) }
</script>`
const FORGET = 'hubspotIdentification.forgetVisitor()'

/** Two route changes in one moment: the clock stands still, and the recorder starts afresh. */
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

  test('shows the new person only after an account switch', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
    expect(await isConversing()).toBe(false)
  })

  test('shows nobody after a switch to somebody whose token cannot be had', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    site().endpoint = answers.unavailable('60', 'ann')
    await page.evaluate(REFRESH)
    // Of Ann herself that says nothing new.
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
    ['a guard in front of it', ((_req, res) => res.status(401).json({ error: 'log in' })) satisfies Endpoint]
  ])('shows nobody when %s says so, also where the app has replaced the settings meanwhile', async (_name, nobody) => {
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
  })

  test('of a chat that is started again never brings back the person before', async () => {
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

  test('clears the chat where a build has no resetAndReloadWidget', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, calls } = await open(`<script>oldBuild = true</script>${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.identified('bob')
    await page.evaluate(REFRESH)
    await untilChatIs('bob@example.com')
    expect(await calls()).toContain('clear {"resetWidget":true}')
  })

  test('has HubSpot choose the chat of the route, and leaves the conversation alone', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, converse, isConversing, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(REFRESH)
    expect(await calls()).toEqual(['refresh'])
    expect(await isConversing()).toBe(true)
  })

  test("does not lose the second of two quick route changes to HubSpot's one call a second", async () => {
    const { page, untilChatIs, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await changeRouteTwice(page)
    expect(await calls()).toEqual(['refresh'])
    await page.clock.runFor(1200)
    expect(await calls()).toEqual(['refresh', 'refresh'])
  })

  test('shares one request between calls of the same moment', async () => {
    const { page, untilChatIs } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.evaluate(`Promise.all([${REFRESH}, ${REFRESH}, ${REFRESH}])`)
    expect(site().asked).toHaveLength(2)
  })

  test('after a login does not take the answer to an older question', async () => {
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

  test('drops the answer under way, and asks no more', async () => {
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

  test('drops the call for a route change that still waits its turn', async () => {
    const { page, untilChatIs, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await changeRouteTwice(page)
    await page.evaluate('hubspotIdentification.chat.stop()')
    await page.clock.runFor(2000)
    expect(await calls()).toEqual(['refresh'])
  })

  test("loads no widget when HubSpot's script comes after it", async () => {
    const { page, untilAnswered, calls } = await open(tags.chat)
    await untilAnswered(1)
    await page.evaluate('hubspotIdentification.chat.stop()')
    await page.addScriptTag({ url: site().widgetUrl })
    await page.waitForFunction('window.HubSpotConversations')
    await page.clock.runFor(2000)
    expect(await calls()).toEqual([])
  })

  test('makes way for the chat of a tag that a page swap runs again', async () => {
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

  test('drops the answer that is under way, and the chat starts for a guest', async () => {
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

  test('keeps a waking tab from asking while the logout may still be on its way', async () => {
    site().endpoint = answers.identified('ann')
    const { page, untilChatIs, setVisible, settle } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.evaluate(FORGET)
    await page.clock.fastForward(12 * 60 * 60 * 1000)
    await setVisible(true)
    await settle()
    expect(site().asked).toHaveLength(1)
  })

  test("deletes the chat's cookies before the widget was ever loaded, and when its script is blocked", async () => {
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

  test('works on a widget that started by itself with the identity of the page', async () => {
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
