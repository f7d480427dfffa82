// How `startChat` identifies the chat and renews the token, in a real browser: any order of scripts, faults, and hidden tabs.
import { expect, test } from '@jest/globals'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, held, tags } from './site.js'

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS

/** Adds the chat tag once the page and its scripts have loaded. */
const ADDED_LATER = `<script>
  addEventListener('load', () => {
    const tag = Object.assign(document.createElement('script'), { src: '/hubspot/chat.js' })
    tag.dataset.endpoint = '/hubspot/token'
    document.head.append(tag)
  })
</script>`

describeWithChromium('startChat', () => {
  const { site, open } = useBrowser()

  test.each([
    ['before', `${tags.chat}${tags.hubspot}`],
    ['after', `${tags.hubspot}${tags.chat}`],
    ['added later than', `${tags.hubspot}${ADDED_LATER}`]
  ])('identifies the chat when its tag is %s the embed code', async (_, html) => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, settings, errors } = await open(html)
    await untilChatIs('ann@example.com')
    expect(await settings()).toEqual({
      loadImmediately: false,
      identificationEmail: 'ann@example.com',
      identificationToken: expect.any(String)
    })
    expect(site().asked).toHaveLength(1)
    expect(errors).toEqual([])
  })

  test('before the embed code loads the widget once, with the identity', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, calls, page } = await open(`${tags.functions}<script>hubspotIdentification.startChat()</script>
      ${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.clock.runFor(5000)
    expect(await calls()).toEqual(['load {}'])
  })

  test('requests with the session cookie, without a cache, and does not follow redirects', async () => {
    site().endpoint = (_req, res) => res.redirect('/elsewhere')
    const { untilChatIs } = await open(`<script>document.cookie = 'sid=1'</script>${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    expect(site().asked[0]?.headers).toMatchObject({
      cookie: expect.stringContaining('sid=1'),
      'cache-control': 'no-cache',
      'sec-fetch-site': 'same-origin'
    })
  })

  test('sends no request to another origin, and starts anonymous', async () => {
    const { untilChatIs } = await open(`${tags.functions}${tags.hubspot}
      <script>hubspotIdentification.startChat({ endpoint: '//localhost:' + location.port + '/hubspot/token' })</script>`)
    await untilChatIs('nobody')
    expect(site().asked).toHaveLength(0)
  })

  test('ignores a base element of the page when it requests the endpoint', async () => {
    site().endpoint = answers.identified('ann')
    const { untilAnswered, settings } = await open(`${tags.functions}<base href="http://localhost:9/">
      <script>hubspotIdentification.startChat()</script>`)
    await untilAnswered(1)
    expect(await settings()).toMatchObject({ identificationEmail: 'ann@example.com' })
  })

  test('passes the option `settings`, without an identity in it, and opens the widget with `widgetOpen`', async () => {
    const { untilChatIs, calls, settings } = await open(`${tags.functions}<script>
      window.hsConversationsSettings = { disableAttachment: true }
      hubspotIdentification.startChat({ widgetOpen: true, settings: { hideNewThreadLink: true, identificationEmail: 'x' } })
    </script>${tags.hubspot}`)
    await untilChatIs('nobody')
    expect(await calls()).toEqual(['load {"widgetOpen":true}'])
    expect(await settings()).toEqual({ disableAttachment: true, hideNewThreadLink: true, loadImmediately: false })
  })

  test('keeps the callbacks that other scripts have put in hsConversationsOnReady', async () => {
    const { untilChatIs, page } = await open(`<script>window.hsConversationsOnReady = [() => { window.first = true }]
      </script>${tags.functions}<script>hubspotIdentification.startChat()</script>
      <script>document.head.append(Object.assign(document.createElement('script'), { src: '/widget.js' }))</script>`)
    await untilChatIs('nobody')
    expect(await page.evaluate('window.first')).toBe(true)
  })

  test("identifies the chat when HubSpot's script is added after the answer", async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, page } = await open(tags.chat)
    await page.waitForFunction('window.hsConversationsSettings.identificationEmail')
    await page.addScriptTag({ url: site().widgetUrl })
    await untilChatIs('ann@example.com')
  })

  test("throws no error when HubSpot's script is blocked", async () => {
    site().endpoint = answers.identified('ann')
    const { page, errors } = await open(tags.chat)
    await page.waitForFunction('window.hsConversationsSettings.identificationEmail')
    await page.evaluate('hubspotIdentification.chat.refresh()')
    await page.clock.runFor(2 * MINUTE_MS)
    expect(errors).toEqual([])
  })

  test.each([
    ['nobody is logged in', answers.nobody],
    ['HubSpot is unavailable', answers.unavailable('5')],
    ['the connection breaks', answers.broken],
    ['the answer is HTML', (_req: unknown, res: { send: (text: string) => void }) => res.send('<p>Log in</p>')],
    ['the token is missing', (_req: unknown, res: { json: (body: object) => void }) => res.json({ expiresAt: 1 })],
    ['the token has expired', answers.identified('ann', 'old', -2000)]
  ])('starts anonymous when %s', async (_, endpoint) => {
    site().endpoint = endpoint
    const { untilChatIs, settings, errors } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    expect(await settings()).toEqual({ loadImmediately: false })
    expect(errors).toEqual([])
  })

  test('starts anonymous when the endpoint takes too long, and ignores its late answer', async () => {
    const slow = held(answers.identified('ann'))
    site().endpoint = slow.endpoint
    const { untilChatIs, untilAnswered, settings, page } = await open(`${tags.chat}${tags.hubspot}`)
    await slow.reached
    await page.clock.runFor(5000)
    await untilAnswered(1)
    slow.release()
    await untilChatIs('nobody')
    expect(await settings()).toEqual({ loadImmediately: false })
  })

  test('asks again a minute after a fault, and after longer pauses while it lasts', async () => {
    site().endpoint = answers.unavailable('5')
    const { untilChatIs, untilAnswered, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.clock.fastForward(MINUTE_MS - 5000)
    expect(site().asked).toHaveLength(1)
    await page.clock.fastForward(5000)
    await untilAnswered(2)
    site().endpoint = answers.identified('ann')
    await page.clock.fastForward(MINUTE_MS)
    expect(site().asked).toHaveLength(2)
    await page.clock.fastForward(MINUTE_MS)
    await untilChatIs('ann@example.com')
  })

  test('waits for the time in Retry-After, also when the tab becomes visible meanwhile', async () => {
    site().endpoint = answers.unavailable('600')
    const { untilChatIs, setVisible, settle, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    site().endpoint = answers.identified('ann')
    await page.clock.fastForward(9 * MINUTE_MS)
    await setVisible(true)
    await settle()
    expect(site().asked).toHaveLength(1)
    await page.clock.fastForward(2 * MINUTE_MS)
    await untilChatIs('ann@example.com')
  })

  test('tries again within the hour, however long Retry-After is', async () => {
    site().endpoint = answers.unavailable('9999999')
    const { untilChatIs, untilAnswered, settle, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.clock.fastForward(HOUR_MS - MINUTE_MS)
    await settle()
    expect(site().asked).toHaveLength(1)
    await page.clock.fastForward(MINUTE_MS)
    await untilAnswered(2)
  })

  test('does not ask again by itself when nobody is logged in', async () => {
    const { untilChatIs, settle, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.clock.fastForward(2 * HOUR_MS)
    await settle()
    expect(site().asked).toHaveLength(1)
  })

  test('renews the token before it expires and keeps an open conversation', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, converse, isConversing, calls, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await converse()
    site().endpoint = answers.identified('ann', 'ann-2')
    await page.clock.fastForward(11.5 * HOUR_MS)
    expect(site().asked).toHaveLength(1)
    await page.clock.fastForward(0.4 * HOUR_MS)
    await page.waitForFunction('calls.some((call) => call.startsWith("refresh"))')
    expect(await isConversing()).toBe(true)
    expect(await calls()).toEqual(['refresh {"setIdentification":true}'])
  })

  test('renews in time in a browser whose clock is wrong', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, settle, page } = await open('')
    await page.clock.setSystemTime(new Date('2031-01-01'))
    await page.addScriptTag({ url: '/hubspot/chat.js' })
    await page.addScriptTag({ url: site().widgetUrl })
    await page.evaluate('window.chat = hubspotIdentification.startChat(), 0')
    await untilChatIs('ann@example.com')
    await page.clock.fastForward(11.5 * HOUR_MS)
    await settle()
    expect(site().asked).toHaveLength(1)
  })

  test('asks at most once a minute when every token is about to expire', async () => {
    site().endpoint = answers.identified('ann', 'short', 2000)
    const { untilChatIs, untilAnswered, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.clock.fastForward(MINUTE_MS - 5000)
    expect(site().asked).toHaveLength(1)
    await page.clock.fastForward(5000)
    await untilAnswered(2)
  })

  // A browser timer of more than about 24.8 days (2^31 ms) fires at once.
  test('does not request again and again for a token that is valid for months', async () => {
    site().endpoint = answers.identified('ann', 'long', 60 * 24 * HOUR_MS)
    const { untilChatIs, settle, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.clock.fastForward(5 * MINUTE_MS)
    await settle()
    expect(site().asked).toHaveLength(1)
  })

  test('asks when a hidden tab becomes visible, at most once a minute', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, untilAnswered, setVisible, settle, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await setVisible(false)
    await setVisible(true)
    await settle()
    expect(site().asked).toHaveLength(1)
    await page.clock.setSystemTime(Date.now() + 20 * HOUR_MS)
    site().endpoint = answers.identified('ann', 'ann-2')
    await setVisible(false)
    expect(site().asked).toHaveLength(1)
    await setVisible(true)
    await untilAnswered(2)
    await page.waitForFunction('calls.some((call) => call.startsWith("clear"))')
    await setVisible(true)
    await settle()
    expect(site().asked).toHaveLength(2)
  })

  test('removes the identity when the session has ended meanwhile', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, setVisible, settings, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.nobody
    await page.clock.fastForward(2 * MINUTE_MS)
    await setVisible(true)
    await untilChatIs('nobody')
    expect(await settings()).toEqual({ loadImmediately: false })
  })

  test('keeps the identity when the endpoint fails later', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, untilAnswered, setVisible, settings, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.broken
    await page.clock.fastForward(2 * MINUTE_MS)
    await setVisible(true)
    await untilAnswered(2)
    await untilChatIs('ann@example.com')
    expect(await settings()).toMatchObject({ identificationEmail: 'ann@example.com' })
  })

  test('asks at once when the page comes back from the back/forward cache', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    site().endpoint = answers.nobody
    await page.evaluate('dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })), 0')
    await untilChatIs('nobody')
  })

  test("keeps a guest's open conversation when a later answer identifies the user", async () => {
    site().endpoint = answers.unavailable('1')
    const { untilChatIs, converse, isConversing, calls, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await converse()
    site().endpoint = answers.identified('ann')
    await page.clock.fastForward(MINUTE_MS)
    await untilChatIs('ann@example.com')
    expect(await isConversing()).toBe(true)
    expect(await calls()).toEqual(['refresh {"setIdentification":true}'])
  })

  test('renews with the documented `clear`, and loads again, while the chat window is closed', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, untilAnswered, calls, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.evaluate('calls.length = 0')
    site().endpoint = answers.identified('ann', 'ann-2')
    await page.clock.fastForward(11.9 * HOUR_MS)
    await untilAnswered(2)
    await untilChatIs('ann@example.com')
    expect(await calls()).toEqual(['clear {"resetWidget":true}', 'load'])
  })

  test('renews with `refresh` while the chat window is open, also before a message was written', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, untilAnswered, calls, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.locator('#hubspot-simulator-launcher').click()
    await page.evaluate('calls.length = 0')
    site().endpoint = answers.identified('ann', 'ann-2')
    await page.clock.fastForward(11.9 * HOUR_MS)
    await untilAnswered(2)
    await untilChatIs('ann@example.com')
    expect(await calls()).toEqual(['refresh {"setIdentification":true}'])
    expect(await page.locator('#hubspot-simulator-widget').getAttribute('data-state')).toBe('open')
  })

  test('a renewal does not load a widget that the app has removed', async () => {
    site().endpoint = answers.identified('ann')
    const { untilChatIs, untilAnswered, page } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    await page.clock.runFor(2000)
    await page.evaluate('HubSpotConversations.widget.remove(); calls.length = 0')
    site().endpoint = answers.identified('ann', 'ann-2')
    await page.clock.fastForward(12 * HOUR_MS)
    await untilAnswered(2)
    await page.clock.runFor(5000)
    expect(await page.evaluate('calls')).toEqual([])
  })
})
