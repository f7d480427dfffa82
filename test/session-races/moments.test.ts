// A logout, a write or a switch of users by another request, at every moment of a page: a destroyed session stays destroyed, writes
// are kept, and no user gets another user's token.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { Leg, TappedCall } from '../support/tapped-store.js'
import type { Browser, Shown } from './browser.js'
import { type Site, startSite } from './site.js'
import { stored } from './stored.js'
import { type OpenStore, useStores } from './stores.js'
import { createGate, meanwhile, quiet, settlesSoon } from './waiting.js'

const { kinds } = useStores('the session rules at every moment')

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
})
afterAll(() => simulator.close())

/** Whether a store call is the library's own: one after the response (the read), or one with the token (the write). */
type OwnCall = (call: TappedCall, leg: Leg) => boolean
const ownRead: (at: Leg) => OwnCall = (at) => (call, leg) => call.operation === 'get' && leg === at
const ownWrite: (at: Leg) => OwnCall = (at) => (call, leg) => call.data?.hubspot !== undefined && leg === at

const sets = kinds.flatMap((kind) =>
  [false, true].map((rolling) => ({ name: `${kind.name}, rolling ${rolling ? 'on' : 'off'}`, kind, rolling }))
)

describe.each(sets)('$name', ({ kind, rolling }) => {
  let opened: OpenStore
  let site: Site
  let browser: Browser
  beforeEach(async () => {
    opened = kind.open()
    site = await startSite({
      store: opened.store,
      baseUrl: simulator.url,
      session: { rolling, cookie: { maxAge: 3_600_000 } }
    })
    // The library watches the store from the first identified page on.
    const first = site.browser()
    await first.post('/login/first')
    await first.get('/page')
    browser = site.browser()
    await browser.post('/login/ada')
    await quiet(opened.tap, site)
  })
  afterEach(() => site.close())

  /** Sends a page request, and the other request at this moment of it; gives the page. */
  type Moment = (comeIn: () => Promise<Shown>) => Promise<Shown>

  const duringMint: Moment = (comeIn) => meanwhile(site, 'duringMint', () => browser.get('/page'), comeIn)
  const duringSlowPage: Moment = (comeIn) => meanwhile(site, 'whileRendering', () => browser.get('/page'), comeIn)

  const during =
    (isIt: OwnCall): Moment =>
    async (comeIn) => {
      const gate = createGate()
      let held = false
      opened.tap.hold = (call, leg) => {
        if (held || site.open() > 0 || !isIt(call, leg)) return undefined
        held = true
        return gate.pass()
      }
      const page = await browser.get('/page')
      await gate.reached
      const changing = createGate()
      site.hooks.changing = () => void changing.pass()
      const other = comeIn()
      await changing.reached
      await settlesSoon(other)
      gate.open()
      await other
      return page
    }

  const moments: [string, Moment][] = [
    ['during the mint', duringMint],
    ['during a slow page after the mint', duringSlowPage],
    ['before the read of the library', during(ownRead('sent'))],
    ['between read and write of the library', during(ownRead('answered'))],
    ['before the store handles the write of the library', during(ownWrite('sent'))],
    ['after the store has handled the write of the library', during(ownWrite('answered'))]
  ]

  test.each(moments)('a session that is logged out %s stays deleted', async (_name, moment) => {
    const sessionId = browser.sessionId
    const page = await moment(() => withCookieOf(browser).post('/logout'))
    await quiet(opened.tap, site)
    expect(page.status).toBe(200)
    expect(await stored(opened.store, sessionId)).toBeUndefined()
  })

  test.each(moments)('a session that is destroyed %s stays destroyed', async (_name, moment) => {
    const sessionId = browser.sessionId
    await moment(() => withCookieOf(browser).post('/destroy'))
    await quiet(opened.tap, site)
    expect(await stored(opened.store, sessionId)).toBeUndefined()
  })

  test.each(moments)('a write of another request %s is kept, and so is the token', async (_name, moment) => {
    const page = await moment(() => withCookieOf(browser).post('/write/cart'))
    await quiet(opened.tap, site)
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ cart: 'written', passport: { user: 'ada' } })
    // The other request may have loaded its copy before the token was written; then the next page stores the token.
    await browser.get('/page')
    await quiet(opened.tap, site)
    const session = await stored(opened.store, browser.sessionId)
    expect(session).toMatchObject({ cart: 'written', hubspot: { email: 'ada@example.com', token: page.token } })
  })

  test.each(moments)(
    'after a switch of users on the same session %s, the old token is not on the session',
    async (_name, moment) => {
      await moment(() => withCookieOf(browser).post('/switch-in-place/bob'))
      await quiet(opened.tap, site)
      const session = await stored(opened.store, browser.sessionId)
      expect(session).toMatchObject({ passport: { user: 'bob' } })
      expect(session?.hubspot).toBeUndefined()
      expect(await browser.get('/page')).toMatchObject({ user: 'bob@example.com', email: 'bob@example.com' })
    }
  )

  test.each(moments)(
    'after a login as another user with keepSessionInfo %s, no page shows the old token',
    async (_name, moment) => {
      const other = withCookieOf(browser)
      const before = browser.sessionId
      await moment(() => other.post('/login/bob?keep'))
      await quiet(opened.tap, site)
      expect(other.sessionId).not.toBe(before)
      expect(await stored(opened.store, before)).toBeUndefined()
      const shown = await other.get('/page')
      expect(simulator.verify(shown.token)?.email).toBe('bob@example.com')
      await quiet(opened.tap, site)
      expect(await stored(opened.store, other.sessionId)).toMatchObject({ hubspot: { email: 'bob@example.com' } })
    }
  )

  function withCookieOf(other: Browser): Browser {
    const copy = site.browser()
    copy.cookie = other.cookie
    return copy
  }
})
