// The token on the session, in a real site: when it is written, renewed and left out. The races are in session-races/.
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import cookieSession from 'cookie-session'
import express from 'express'
import { hubspotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { Browser } from '../session-races/browser.js'
import { type Site, type SiteOptions, startSite, userOf } from '../session-races/site.js'
import { stored } from '../session-races/stored.js'
import { type OpenStore, useStores } from '../session-races/stores.js'
import { createGate, meanwhile, quiet } from '../session-races/waiting.js'

const { kinds } = useStores('the session entry')
const express4 = createRequire(import.meta.url)('express4') as typeof express

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
})
afterAll(() => simulator.close())

const sites: Site[] = []
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close()
})

async function start(opened: OpenStore, settings: Partial<SiteOptions> = {}): Promise<Site> {
  const site = await startSite({ store: opened.store, baseUrl: simulator.url, ...settings })
  sites.push(site)
  return site
}

describe.each(kinds)('on $name', (kind) => {
  test.each([
    ['Express 5', express],
    ['Express 4', express4]
  ])('%s: after the response another process uses the token of the session, without a mint', async (_name, major) => {
    const opened = kind.open()
    const [first, second] = [await start(opened, { express: major }), await start(opened, { express: major })]
    const browser = first.browser()
    await browser.post('/login/ada')
    const shown = await browser.get('/page')
    expect(shown).toMatchObject({ status: 200, user: 'ada@example.com', email: 'ada@example.com' })
    await quiet(opened.tap, first)
    const minted = simulator.requests.length
    const again = second.browser()
    again.cookie = browser.cookie
    expect((await again.get('/page')).token).toBe(shown.token)
    expect(simulator.requests).toHaveLength(minted)
  })

  /** A user whose token expires soon, at a process without that token in memory; the renewal waits at the gate. */
  async function nearTheEnd() {
    const opened = kind.open()
    const [first, second] = [await start(opened), await start(opened)]
    const browser = first.browser()
    await browser.post('/login/ada')
    await browser.get('/page')
    await quiet(opened.tap, first)
    const session = await stored(opened.store, browser.sessionId)
    const old = { ...session?.hubspot, expiresAt: Date.now() + 60_000 }
    await new Promise((resolve) => opened.store.set(browser.sessionId, { ...session, hubspot: old } as never, resolve))
    const gate = createGate()
    second.hooks.duringMint = gate.pass
    const again = second.browser()
    again.cookie = browser.cookie
    expect((await again.get('/page')).token).toBe(old.token)
    await gate.reached
    await quiet(opened.tap, second)
    opened.tap.calls.length = 0
    const read = async () => (await stored(opened.store, browser.sessionId))?.hubspot
    return { opened, second, again, gate, old, read }
  }

  /** A user whose first mint waits at the gate for longer than `maxWaitMs`. */
  async function tooLate(show: (browser: Browser) => Promise<unknown>) {
    const opened = kind.open()
    const second = await start(opened, { options: { maxWaitMs: 20 } })
    const again = second.browser()
    const gate = createGate()
    second.hooks.duringMint = gate.pass
    expect(await show(again)).toMatchObject({ status: 200, user: 'ada@example.com', token: null })
    await gate.reached
    await quiet(opened.tap, second)
    opened.tap.calls.length = 0
    const read = async () => (await stored(opened.store, again.sessionId))?.hubspot
    return { opened, second, again, gate, old: undefined, read }
  }

  const tooLateForPage = () =>
    tooLate(async (browser) => {
      await browser.post('/login/ada')
      return browser.get('/page')
    })
  const tooLateForLogin = () => tooLate((browser) => browser.post('/login-and-show/ada'))

  describe.each<[string, typeof nearTheEnd | typeof tooLateForPage]>([
    ['renewed after the response to a page', nearTheEnd],
    ['minted after the response to its page', tooLateForPage],
    ['minted after the response to the login, which created the session', tooLateForLogin]
  ])('a token that is %s', (_name, begin) => {
    test('is stored on the session without another request', async () => {
      const { opened, second, again, gate, old, read } = await begin()
      gate.open()
      while ((await read())?.token === old?.token) await turn()
      const kept = await read()
      expect(kept).toMatchObject({ email: 'ada@example.com', account: old?.account ?? expect.any(String) })
      expect(kept?.expiresAt).toBeGreaterThan(Date.now() + 11 * 3_600_000)
      await quiet(opened.tap, second)
      const minted = simulator.requests.length
      const third = (await start(opened)).browser()
      third.cookie = again.cookie
      expect((await third.get('/page')).token).toBe(kept?.token)
      expect(simulator.requests).toHaveLength(minted)
    })

    test('does not bring back a session that was logged out meanwhile', async () => {
      const { opened, second, again, gate, read } = await begin()
      await again.post('/logout')
      await quiet(opened.tap, second)
      opened.tap.calls.length = 0
      gate.open()
      // The library reads the session once and finds it gone.
      while (!opened.tap.calls.some(({ operation }) => operation === 'get')) await turn()
      await quiet(opened.tap, second)
      expect(opened.tap.calls.map(({ operation }) => operation)).toEqual(['get'])
      expect(await read()).toBeUndefined()
    })
  })

  test('a logout that began before the first identified page leaves the session destroyed', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    await site.browser().get('/page')
    await quiet(opened.tap, site)
    const gate = createGate()
    let loggedOut: Promise<unknown> | undefined
    // A write that the library did not hold back reaches the store after the logout, and would bring the session back.
    opened.tap.hold = ({ operation }, leg) => {
      if (leg === 'answered') return undefined
      return operation === 'destroy' ? gate.pass() : operation === 'set' ? loggedOut : undefined
    }
    const { sessionId } = browser
    const other = site.browser()
    other.cookie = browser.cookie
    loggedOut = other.post('/destroy')
    await gate.reached
    expect(await browser.get('/page')).toMatchObject({ email: 'ada@example.com' })
    while (site.open() > 1) await turn()
    for (let turns = 0; turns < 5; turns += 1) await turn()
    gate.open()
    await loggedOut
    await quiet(opened.tap, site)
    expect(await stored(opened.store, sessionId)).toBeUndefined()
  })

  test('a request that cannot use an identity writes no token to the session', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const [first, second] = [site.browser(), site.browser()]
    await first.post('/login/ada')
    await first.get('/page')
    await second.post('/login/ada')
    await quiet(opened.tap, site)
    opened.tap.calls.length = 0
    await fetch(`${site.url}/page`, { method: 'HEAD', headers: { cookie: second.cookie ?? '' } })
    await quiet(opened.tap, site)
    expect(opened.tap.calls.map(({ operation }) => operation)).toEqual(['get', 'touch'])
  })

  test('a long response does not overwrite a fresher token', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    const shown = await browser.get('/page')
    await quiet(opened.tap, site)
    const session = await stored(opened.store, browser.sessionId)
    const own = session?.hubspot
    expect(own?.token).toBe(shown.token)
    const fresher = { ...own, token: 'fresher', expiresAt: Date.now() + 12 * 3_600_000 + 60_000 }
    const put = (hubspot: unknown) =>
      new Promise((resolve) => opened.store.set(browser.sessionId, { ...session, hubspot } as never, resolve))
    // An entry of another account counts as absent: the page takes the token from memory, and is to store it.
    await put({ ...own, account: 'another' })
    const long = await meanwhile(
      site,
      'whileRendering',
      () => browser.get('/page'),
      () => put(fresher)
    )
    expect(long.token).toBe(shown.token)
    await quiet(opened.tap, site)
    expect((await stored(opened.store, browser.sessionId))?.hubspot).toEqual(fresher)
  })

  test('the old token is not stored when the user key on the session, here `__uid`, changes during the page', async () => {
    const opened = kind.open()
    const visitor = (req: express.Request) => {
      const uid = (req.session as unknown as { __uid?: string } | undefined)?.__uid
      return uid ? userOf(uid) : null
    }
    const site = await start(opened, {
      options: { visitor },
      routes: (app) =>
        app.post('/be/:user', (req, res) => {
          Object.assign(req.session, { __uid: req.params.user })
          res.json({})
        })
    })
    const browser = site.browser()
    await browser.post('/be/alice')
    const page = await meanwhile(
      site,
      'whileRendering',
      () => browser.get('/page'),
      () => browser.post('/be/bob')
    )
    expect(page.email).toBe('alice@example.com')
    await quiet(opened.tap, site)
    const session = await stored(opened.store, browser.sessionId)
    expect(session).toMatchObject({ __uid: 'bob' })
    expect(session?.hubspot).toBeUndefined()
  })

  test('a token that is already on the session is not written again', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    await browser.get('/page')
    await quiet(opened.tap, site)
    opened.tap.calls.length = 0
    await browser.get('/page')
    await quiet(opened.tap, site)
    expect(opened.tap.calls.map(({ operation }) => operation)).toEqual(['get', 'touch'])
  })

  test('20 simultaneous pages cost one write', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    await quiet(opened.tap, site)
    opened.tap.calls.length = 0
    await Promise.all(Array.from({ length: 20 }, () => browser.get('/page')))
    await quiet(opened.tap, site)
    expect(opened.tap.calls.filter(({ operation }) => operation === 'set')).toHaveLength(1)
  })

  test('an anonymous visit creates no session, sets no cookie and writes nothing', async () => {
    const opened = kind.open()
    const site = await start(opened)
    expect(await site.browser().get('/page')).toMatchObject({ status: 200, token: null, setCookie: false })
    // The same for an anonymous visit whose session has other content.
    const browser = site.browser()
    await browser.post('/write/cart')
    await quiet(opened.tap, site)
    opened.tap.calls.length = 0
    expect(await browser.get('/page')).toMatchObject({ status: 200, token: null, setCookie: false })
    await quiet(opened.tap, site)
    expect(opened.tap.calls.map(({ operation }) => operation)).toEqual(['get', 'touch'])
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ cart: 'written' })
  })

  test.each(['=;,"%', 'a b+c/d', 'ünïcödé', '%41%42', '..'])(
    'a logout during the mint ends a session whose id contains %s',
    async (characters) => {
      const opened = kind.open()
      let born = 0
      const genid = () => {
        born += 1
        return `${characters}${born}${characters}`
      }
      const site = await start(opened, { session: { genid } })
      const browser = site.browser()
      await browser.post('/login/ada')
      const sessionId = `${characters}${born}${characters}`
      const other = site.browser()
      other.cookie = browser.cookie
      const page = await meanwhile(
        site,
        'duringMint',
        () => browser.get('/page'),
        () => other.post('/logout')
      )
      expect(page).toMatchObject({ user: 'ada@example.com' })
      await quiet(opened.tap, site)
      expect(await stored(opened.store, sessionId)).toBeUndefined()
    }
  )

  test('an app that writes the session on every request keeps its own change and the token', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    for (const count of [1, 2, 3]) {
      const { token } = await browser.get('/counted')
      await quiet(opened.tap, site)
      expect(await stored(opened.store, browser.sessionId)).toMatchObject({ count, hubspot: { token } })
    }
  })

  test.each([
    ['on the same user object', (req: express.Request) => Object.assign(req.user ?? {}, { email: 'new@example.com' })],
    [
      'by a new user object',
      (req: express.Request) => Object.assign(req, { user: { id: 'ada', email: 'new@example.com' } })
    ]
  ])(
    'the old token is neither shown nor stored when the address changes during the request %s',
    async (_name, change) => {
      const opened = kind.open()
      const site = await start(opened)
      const browser = site.browser()
      await browser.post('/login/ada')
      site.hooks.whileRendering = async (req) => {
        change(req)
      }
      expect(await browser.get('/page')).toMatchObject({ user: 'new@example.com', email: null, token: null })
      await quiet(opened.tap, site)
      expect((await stored(opened.store, browser.sessionId))?.hubspot).toBeUndefined()
    }
  )

  test('a session that is destroyed during a page stays destroyed', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    const { sessionId } = browser
    site.hooks.whileRendering = () => new Promise((resolve) => opened.store.destroy(sessionId, resolve))
    await browser.get('/page')
    await quiet(opened.tap, site)
    expect(await stored(opened.store, sessionId)).toBeUndefined()
  })

  test('a rolling session keeps its full lifetime, and a longer one that another request sets', async () => {
    const opened = kind.open()
    const site = await start(opened, {
      session: { rolling: true, cookie: { maxAge: 3_600_000 } },
      routes: (app) =>
        app.post('/remember-me', (req, res) => {
          req.session.cookie.maxAge = 30 * 24 * 3_600_000
          Object.assign(req.session, { remembered: true })
          res.json({})
        })
    })
    const browser = site.browser()
    await browser.post('/login/ada')
    const { sessionId } = browser
    // As in Redis after weeks of touches: these renew the key's expiry, not the cookie in the stored session.
    const old = await stored(opened.store, sessionId)
    const expires = new Date(Date.now() + 20_000)
    const aged = { ...old, cookie: { ...old?.cookie, originalMaxAge: 3_600_000, expires } } as never
    await new Promise((resolve) => opened.store.set(sessionId, aged, resolve))
    await browser.get('/page')
    await quiet(opened.tap, site)
    expect(await leftMs(opened, sessionId)).toBeGreaterThan(3_590_000)

    await browser.post('/write/cart')
    await meanwhile(
      site,
      'whileRendering',
      () => browser.get('/page'),
      () => browser.post('/remember-me')
    )
    await quiet(opened.tap, site)
    expect(await leftMs(opened, sessionId)).toBeGreaterThan(3_590_000)
  })

  test.each([
    ['longer', 30 * 24 * 3_600_000],
    ['shorter', 300_000]
  ])(
    'a %s lifetime that the app sets in the same request is kept, without any other change to the session',
    async (_name, maxAge) => {
      const opened = kind.open()
      const site = await start(opened, {
        session: { cookie: { maxAge: 3_600_000 } },
        routes: (app) =>
          app.use((req, _res, next) => {
            if (req.user) req.session.cookie.maxAge = maxAge
            next()
          })
      })
      const browser = site.browser()
      await browser.post('/login/ada')
      await browser.get('/page')
      await quiet(opened.tap, site)
      expect((await stored(opened.store, browser.sessionId))?.hubspot).toBeDefined()
      const leftOfIt = await leftMs(opened, browser.sessionId)
      expect(leftOfIt).toBeGreaterThan(maxAge - 10_000)
      expect(leftOfIt).toBeLessThanOrEqual(maxAge)
    }
  )

  test.each<[string, (session: Record<string, unknown>) => unknown]>([
    ['switches the user', (session) => Object.assign(session, { uid: 'bob' })],
    ['logs out', (session) => delete session['uid']]
  ])(
    'with an async `visitor`, a page that %s by a session key of the app does not store the token of the previous user',
    async (_name, change) => {
      const opened = kind.open()
      const site = await start(opened, {
        options: {
          visitor: async (req) => {
            const { uid } = req.session as unknown as { uid?: string }
            return uid ? { email: `${uid}@example.com` } : null
          }
        },
        routes: (app, identification) => {
          app.post('/enter', (req, res) => {
            Object.assign(req.session, { uid: 'ada' })
            res.json({})
          })
          app.get('/change', identification, (req, res) => {
            change(req.session as unknown as Record<string, unknown>)
            res.json({})
          })
        }
      })
      const browser = site.browser()
      await browser.post('/enter')
      await browser.get('/change')
      await quiet(opened.tap, site)
      expect((await stored(opened.store, browser.sessionId))?.hubspot).toBeUndefined()
    }
  )

  test('a malformed or foreign entry counts as absent and is replaced', async () => {
    const opened = kind.open()
    const site = await start(opened)
    const browser = site.browser()
    await browser.post('/login/ada')
    const expiresAt = Date.now() + 3_600_000
    const foreign = { email: 'bob@example.com', token: 'bobs-token', expiresAt, account: 'test' }
    for (const hubspot of [
      null,
      'text',
      [],
      { ...foreign, token: '</script>' },
      foreign,
      { ...foreign, expiresAt: 9e15 }
    ]) {
      const session = { ...(await stored(opened.store, browser.sessionId)), hubspot } as never
      await new Promise((resolve) => opened.store.set(browser.sessionId, session, resolve))
      const shown = await browser.get('/page')
      expect(shown.email).toBe('ada@example.com')
      await quiet(opened.tap, site)
      const kept = (await stored(opened.store, browser.sessionId))?.hubspot
      expect(kept).toMatchObject({ email: 'ada@example.com', token: shown.token })
    }
  })
})

/** The time until the stored session expires, by its cookie. */
async function leftMs(opened: OpenStore, sessionId: string): Promise<number> {
  const expires = (await stored(opened.store, sessionId))?.cookie.expires
  return new Date(expires ?? 0).getTime() - Date.now()
}

test('a session that is kept in a cookie (cookie-session) gets no token', async () => {
  const app = express()
  app.use(cookieSession({ secret: 'secret' }))
  app.use((req, _res, next) => {
    Object.assign(req, { user: userOf('ada') })
    Object.assign(req.session ?? {}, { seen: true })
    next()
  })
  app.use(hubspotIdentification({ accessToken: 'pat-test', account: 'test', baseUrl: simulator.url }))
  app.get('/', (req, res) => res.json({ token: res.locals.hubspot.token, session: req.session }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const response = await fetch(`http://127.0.0.1:${port}/`)
  expect(await response.json()).toEqual({ token: expect.any(String), session: { seen: true } })
  const cookie = response.headers.getSetCookie().find((each) => each.startsWith('session='))
  const value = Buffer.from(decodeURIComponent(/=([^;]+)/.exec(cookie ?? '')?.[1] ?? ''), 'base64').toString()
  expect(JSON.parse(value)).toEqual({ seen: true })
  server.closeAllConnections()
  server.close()
})
