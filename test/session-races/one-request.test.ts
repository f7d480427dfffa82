// Logins, logouts and switches of users within one request, before and after `res.locals.hubspot` is read; and streamed pages.
import { setImmediate as turn } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { Express, Request, RequestHandler, Response } from 'express'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { type Site, startSite, userOf } from './site.js'
import { stored } from './stored.js'
import { type OpenStore, useStores } from './stores.js'
import { meanwhile, quiet } from './waiting.js'

const { kinds } = useStores('logins and logouts within one request')

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
})
afterAll(() => simulator.close())

const sets = kinds.flatMap((kind) =>
  [false, true].map((rolling) => ({ name: `${kind.name}, rolling ${rolling ? 'on' : 'off'}`, kind, rolling }))
)

type Step = (req: Request) => Promise<void>
const call = (run: (done: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())))
const login = (id: string, keepSessionInfo = false): Step => {
  return (req) => call((done) => req.login(userOf(id) as never, { session: true, keepSessionInfo }, done))
}
const logout: Step = (req) => call((done) => req.logout(done))
const logoutKeeping: Step = (req) => call((done) => req.logout({ keepSessionInfo: true }, done))
const write: Step = async (req) => void Object.assign(req.session, { cart: 'written' })

describe.each(sets)('$name', ({ kind, rolling }) => {
  let opened: OpenStore
  let site: Site

  /** Routes that log ada in, run the middleware, take the steps, and then read the identity. */
  function routes(app: Express, identification: RequestHandler): void {
    const steps: Record<string, Step[]> = {
      write: [write],
      logout: [logout],
      'logout-keeping': [logoutKeeping],
      switch: [login('bob')],
      'switch-keeping': [login('bob', true)]
    }
    const read = (req: Request, res: Response) =>
      res.json({ user: (req.user as { email?: string } | undefined)?.email ?? null, ...shownOf(res) })
    const takeSteps: RequestHandler = async (req, _res, next) => {
      for (const step of steps[String(req.params['what'])] ?? []) await step(req)
      next()
    }
    const asAda: RequestHandler = async (req, _res, next) => {
      await login('ada')(req)
      next()
    }
    app.post('/login-then/:what', asAda, identification, takeSteps, read)
    app.post('/login-then-again/:what', asAda, identification, takeSteps, identification, read)
    app.post('/streamed-login', asAda, identification, async (_req, res) => {
      const token = JSON.stringify(res.locals.hubspot.token)
      res.type('json').write('{"token":')
      await turn()
      res.end(`${token}}`)
    })
  }

  beforeEach(async () => {
    opened = kind.open()
    site = await startSite({ store: opened.store, baseUrl: simulator.url, session: { rolling }, routes })
  })
  afterEach(() => site.close())

  test('a login stores its token on the session before the response is sent', async () => {
    const browser = site.browser()
    const shown = await browser.post('/login-and-show/ada')
    expect(simulator.verify(shown.token)?.email).toBe('ada@example.com')
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ hubspot: { token: shown.token } })
  })

  test('a write of the app after the middleware is kept, and so is the token', async () => {
    const browser = site.browser()
    const { token } = await browser.post('/login-then/write')
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ cart: 'written', hubspot: { token } })
  })

  test.each(['logout', 'logout-keeping'])(
    'after a %s the page shows no identity, and no session has a user',
    async (what) => {
      const browser = site.browser()
      expect(await browser.post(`/login-then/${what}`)).toMatchObject({ user: null, email: null, token: null })
      await quiet(opened.tap, site)
      const session = browser.cookie ? await stored(opened.store, browser.sessionId) : undefined
      expect((session?.['passport'] as { user?: string } | undefined)?.user).toBeUndefined()
      expect(await browser.get('/page')).toMatchObject({ user: null, token: null })
    }
  )

  test.each(['switch', 'switch-keeping'])(
    'after a %s the token of the first user is not shown, in this response or later',
    async (what) => {
      const browser = site.browser()
      const bob = { user: 'bob@example.com' }
      expect(await browser.post(`/login-then/${what}`)).toMatchObject({ ...bob, email: null, token: null })
      const next = await browser.get('/page')
      expect(next).toMatchObject({ ...bob, email: 'bob@example.com' })
      expect(simulator.verify(next.token)?.email).toBe('bob@example.com')
      await quiet(opened.tap, site)
      expect(await stored(opened.store, browser.sessionId)).toMatchObject({ hubspot: { email: 'bob@example.com' } })
    }
  )

  test.each(['switch', 'switch-keeping'])(
    'a second run of the middleware after a %s identifies the second user',
    async (what) => {
      const browser = site.browser()
      const shown = await browser.post(`/login-then-again/${what}`)
      expect(shown).toMatchObject({ user: 'bob@example.com', email: 'bob@example.com' })
      expect(await stored(opened.store, browser.sessionId)).toMatchObject({ hubspot: { token: shown.token } })
    }
  )

  test('a login during which another request logs the old session out: the old session stays deleted, the new one has its token', async () => {
    const browser = site.browser()
    await browser.post('/login/ada')
    const other = site.browser()
    other.cookie = browser.cookie
    const before = browser.sessionId
    const { token } = await meanwhile(
      site,
      'duringMint',
      () => browser.post('/login-and-show/ada'),
      () => other.post('/logout')
    )
    await quiet(opened.tap, site)
    expect(await stored(opened.store, before)).toBeUndefined()
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ hubspot: { token } })
  })

  test('a streamed response to a login stores its token on the session', async () => {
    const browser = site.browser()
    const { token } = await browser.post('/streamed-login')
    expect(simulator.verify(token)?.email).toBe('ada@example.com')
    await quiet(opened.tap, site)
    expect(await stored(opened.store, browser.sessionId)).toMatchObject({ hubspot: { token } })
  })
})

function shownOf(res: Response) {
  const { email = null, token = null } = res.locals.hubspot
  return { email, token }
}
