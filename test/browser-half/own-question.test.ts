// `startChat({ token, onIdentity })` in a real browser: the app's `token` function, the states, and the console warnings.
import { expect, test } from '@jest/globals'
import type { Page } from 'playwright-core'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, tags } from './site.js'

const MINUTE_MS = 60 * 1000
const HOUR_MS = 60 * MINUTE_MS

/** Starts a chat whose `token` function calls `window.answer`, and records the states that `onIdentity` gets. */
const OWN_CHAT = `<script>
  window.asked = 0
  window.states = []
  window.chat = hubspotIdentification.startChat({
    token: () => { asked += 1; return answer() },
    onIdentity: (state) => { states.push(state) }
  })
</script>`

describeWithChromium('startChat({ token })', () => {
  const { site, open } = useBrowser()

  /** An answer for `window.answer`, with a token that the simulator accepts. */
  async function identityOf(name: string, token = `${name}-1`, lifetimeMs = 12 * HOUR_MS): Promise<string> {
    site().endpoint = answers.identified(name, token, lifetimeMs)
    const answer = (await (await fetch(`${site().url}/hubspot/token`)).json()) as object
    site().asked.length = 0
    site().endpoint = answers.broken
    return `({ ...${JSON.stringify(answer)}, expiresAt: Date.now() + ${lifetimeMs} })`
  }

  /** Opens a page whose `token` function gives this answer; with `throw ...` it throws synchronously. */
  const openWith = async (answer: string) => {
    const ask = answer.startsWith('throw') ? `() => { ${answer} }` : `async () => ${answer}`
    const opened = await open(`${tags.functions}<script>window.answer = ${ask}</script>${OWN_CHAT}${tags.hubspot}`)
    const warnings: string[] = []
    opened.page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text())
    })
    return { ...opened, warnings }
  }
  const states = (page: Page): Promise<string[]> => page.evaluate('states')
  const asked = (page: Page): Promise<number> => page.evaluate('asked')

  test('identifies the chat with the answer, and never requests the endpoint', async () => {
    const { page, untilChatIs, errors } = await openWith(await identityOf('ann'))
    await untilChatIs('ann@example.com')
    expect(await states(page)).toEqual(['identified'])
    expect(site().asked).toHaveLength(0)
    expect(errors).toEqual([])
  })

  test('null means that nobody is logged in: the function is not called again by itself', async () => {
    const { page, untilChatIs, settle } = await openWith('null')
    await untilChatIs('nobody')
    await page.clock.fastForward(2 * HOUR_MS)
    await settle()
    expect([await states(page), await asked(page)]).toEqual([['guest'], 1])
  })

  test.each([
    ['rejects', 'Promise.reject(new Error("offline"))'],
    ['throws', 'throw new Error("of the app")'],
    ['answers undefined', 'undefined'],
    ['answers a page', '"<!doctype html>"'],
    ['answers without a token', '({ identificationEmail: "ann@example.com" })'],
    ['never answers', 'new Promise(() => undefined)']
  ])('starts for a guest when the function %s, and calls it again a minute later', async (_, answer) => {
    const identity = await identityOf('ann')
    const { page, untilChatIs, errors } = await openWith(answer)
    await page.clock.runFor(5000)
    await untilChatIs('nobody')
    expect(await states(page)).toEqual(['unavailable'])
    await page.evaluate(`window.answer = async () => ${identity}`)
    await page.clock.fastForward(MINUTE_MS)
    await untilChatIs('ann@example.com')
    expect(await states(page)).toEqual(['unavailable', 'identified'])
    expect(errors).toEqual([])
  })

  test('renews before `expiresAt` of the answer, or within an hour if there is none', async () => {
    const { page, untilChatIs } = await openWith(await identityOf('ann', 'ann-1', 2 * HOUR_MS))
    await untilChatIs('ann@example.com')
    await page.clock.fastForward(1.8 * HOUR_MS)
    expect(await asked(page)).toBe(1)
    await page.evaluate(
      `{ const before = answer; answer = async () => ({ ...(await before()), expiresAt: undefined }) }`
    )
    await page.clock.fastForward(0.1 * HOUR_MS)
    await page.waitForFunction('asked === 2')
    await page.clock.fastForward(0.99 * HOUR_MS)
    await page.waitForFunction('asked === 3')
  })

  test('uses a token although `expiresAt` is in the past by the clock of the browser', async () => {
    const { page, untilChatIs } = await openWith(`({ ...${await identityOf('ann')}, expiresAt: Date.now() - 5 })`)
    await untilChatIs('ann@example.com')
    await page.clock.fastForward(MINUTE_MS)
    expect(await asked(page)).toBe(1)
  })

  test('calls the function when a hidden tab becomes visible, at most once a minute', async () => {
    const { page, untilChatIs, setVisible, settle } = await openWith(await identityOf('ann'))
    await untilChatIs('ann@example.com')
    await setVisible(true)
    await settle()
    expect(await asked(page)).toBe(1)
    await page.clock.fastForward(2 * MINUTE_MS)
    await page.evaluate('answer = async () => null')
    await setVisible(true)
    await untilChatIs('nobody')
    expect(await states(page)).toEqual(['identified', 'guest'])
  })

  test('follows a change of user and a logout, and keeps the identity after a fault', async () => {
    const bob = await identityOf('bob')
    const { page, untilChatIs, converse, isConversing } = await openWith(await identityOf('ann'))
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(`answer = async () => ${bob}; chat.refresh()`)
    await untilChatIs('bob@example.com')
    expect(await isConversing()).toBe(false)
    await page.evaluate('answer = () => Promise.reject(new Error("offline")); chat.refresh()')
    await untilChatIs('bob@example.com')
    expect(await states(page)).toEqual(['identified'])
    await page.evaluate('hubspotIdentification.forgetVisitor()')
    await untilChatIs('nobody')
    expect(await states(page)).toEqual(['identified', 'guest'])
  })

  test('an answer that comes after a newer call of the function is ignored', async () => {
    const ann = await identityOf('ann')
    const { page, untilChatIs, settle } = await openWith('new Promise((resolve) => { window.late = resolve })')
    await page.waitForFunction('window.late')
    await page.evaluate(
      `{ const { late } = window; answer = async () => null; chat.refresh().then(() => { late(${ann}); window.done = true }) }`
    )
    await page.waitForFunction('window.done')
    await settle()
    await untilChatIs('nobody')
    expect(await states(page)).toEqual(['guest'])
  })

  test('an answer that comes after stop() is ignored', async () => {
    const ann = await identityOf('ann')
    const { page, settings, settle } = await openWith('new Promise((resolve) => { window.late = resolve })')
    await page.waitForFunction('window.late')
    await page.evaluate(`chat.stop(); late(${ann})`)
    await settle()
    expect(await settings()).toEqual({ loadImmediately: false })
    expect(await states(page)).toEqual([])
  })

  test('an `onIdentity` that throws, rejects or is no function causes no error and does not stop the chat', async () => {
    for (const fault of [
      '() => { throw new Error("of the app") }',
      'async () => { throw new Error("of the app") }',
      '42'
    ]) {
      const { untilChatIs, errors } = await open(
        `${tags.functions}<script>hubspotIdentification.startChat({ token: async () => null, onIdentity: ${fault} })</script>${tags.hubspot}`
      )
      await untilChatIs('nobody')
      expect(errors).toEqual([])
    }
  })

  const PAGE = '<!doctype html><title>My app</title>'

  test.each([
    [
      'a page, as a catch-all route answers',
      (_req: unknown, res: { type: (t: string) => { send: (b: string) => void } }) => res.type('html').send(PAGE)
    ],
    [
      'other JSON',
      (_req: unknown, res: { json: (b: object) => void }) => res.json({ user: { email: 'ann@example.com' } })
    ],
    ['null', (_req: unknown, res: { json: (b: null) => void }) => res.json(null)]
  ])('an endpoint that answers %s causes one warning, without the content of the answer', async (_, endpoint) => {
    site().endpoint = endpoint as never
    const warnings: string[] = []
    const { page, untilChatIs, untilAnswered } = await open(`${tags.functions}${tags.hubspot}`)
    page.on('console', (message) => warnings.push(`${message.type()}: ${message.text()}`))
    await page.evaluate(
      'window.states = []; window.chat = hubspotIdentification.startChat({ onIdentity: (state) => states.push(state) }); 0'
    )
    await untilChatIs('nobody')
    await page.evaluate('chat.refresh()')
    await untilAnswered(2)
    expect(warnings).toEqual(['warning: HubSpot chat: no identity. Is tokenEndpoint() on this origin?'])
    expect(await states(page)).toEqual(['unavailable'])
  })

  test('an endpoint on another origin causes one warning and gets no request', async () => {
    const warnings: string[] = []
    const { page, untilChatIs } = await open(`${tags.functions}${tags.hubspot}`)
    page.on('console', (message) => warnings.push(message.text()))
    await page.evaluate(
      `window.chat = hubspotIdentification.startChat({ endpoint: 'http://localhost:' + location.port + '/hubspot/token' }); chat.refresh()`
    )
    await untilChatIs('nobody')
    expect(warnings).toEqual(['HubSpot chat: no identity. Is tokenEndpoint() on this origin?'])
    expect(site().asked).toHaveLength(0)
  })

  test.each([
    ['nobody is logged in', answers.nobody],
    ['a login check answers 401', (_req: unknown, res: { sendStatus: (s: number) => void }) => res.sendStatus(401)],
    ['HubSpot is unavailable', answers.unavailable('5')],
    ['the connection breaks', answers.broken],
    ['a user is identified', answers.identified('ann')]
  ])('there is no warning when %s', async (_, endpoint) => {
    site().endpoint = endpoint as never
    const warnings: string[] = []
    const { page, untilAnswered } = await open(`${tags.functions}${tags.hubspot}`)
    page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text())
    })
    await page.evaluate('window.chat = hubspotIdentification.startChat(); 0')
    await untilAnswered(1)
    await page.waitForFunction('HubSpotConversations.widget.status().loaded')
    expect(warnings).toEqual([])
  })
})
