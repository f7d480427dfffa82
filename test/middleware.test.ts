// The middleware in a whole app: from a login to an identified page, on both Express majors.
import { describe, expect, test } from '@jest/globals'
import { hubspotIdentification } from '../lib/index.js'
import { type AppParts, asUser, createApp, EXPRESS_MAJORS, readView } from './support/create-app.js'

describe.each(EXPRESS_MAJORS)('hubspotIdentification() in $major', ({ express }) => {
  test('identifies the logged-in user, with one mint for many pages', async () => {
    const { hubspot, loggedIn } = await createApp({ express })
    const ann = await loggedIn('ann')
    const { body } = await ann.get('/view').expect(200)
    expect(body).toMatchObject({ identified: true, email: 'ann@example.com', expiresAt: expect.any(Number) })
    expect(hubspot.verify(body.token)).toMatchObject({ email: 'ann@example.com' })
    expect(body.settings).toEqual({ identificationEmail: body.email, identificationToken: body.token })
    for (let page = 0; page < 9; page += 1) expect((await ann.get('/view')).body.token).toBe(body.token)
    expect(hubspot.requests).toHaveLength(1)
    expect(hubspot.requests[0]?.body).toMatchObject({ email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee' })
  })

  test('gives the settings in the login route, in the same request', async () => {
    const { hubspot, browser } = await createApp({
      express,
      routes: (app, identification, authenticate) => {
        app.post('/login', authenticate, identification, (_req, res) => {
          res.json(res.locals.hubspot.settings)
        })
      }
    })
    const agent = browser()
    const { body, headers } = await agent.post('/login?user=obrien').expect(200)
    expect(body.identificationEmail).toBe("o'brien+x&co@example.com")
    expect(hubspot.verify(body.identificationToken)).toMatchObject({ email: "o'brien+x&co@example.com" })
    expect(headers['cache-control']).toBe('private, no-store')
    expect((await agent.get('/view')).body.token).toBe(body.identificationToken)
    expect(hubspot.requests).toHaveLength(1)
  })

  test('does nothing without a user: no mint, no cookie, no header', async () => {
    const { hubspot, browser, errors } = await createApp({ express })
    const { body, headers } = await browser().get('/view').expect(200)
    expect(body).toEqual({ identified: false, reason: 'no-user', settings: {}, json: '{}', snippet: '' })
    expect(headers['set-cookie']).toBeUndefined()
    expect(headers['cache-control']).toBeUndefined()
    expect(hubspot.requests).toHaveLength(0)
    expect(errors).toEqual([])
  })

  test('serves the page without identity while HubSpot fails', async () => {
    const { hubspot, loggedIn, errors } = await createApp({ express })
    hubspot.respondWith({ status: 500, times: Number.POSITIVE_INFINITY })
    const ann = await loggedIn('ann')
    expect((await ann.get('/view').expect(200)).body).toMatchObject({ identified: false, settings: {} })
    expect(errors.map(({ code }) => code)).toEqual(['ERR_UNAVAILABLE'])
  })

  test('does not handle errors of the app', async () => {
    const { loggedIn } = await createApp({
      express,
      configure: (app) => app.set('env', 'test'),
      routes: (app) => {
        app.get('/broken', () => {
          throw Object.assign(new Error('of the app'), { status: 418 })
        })
      }
    })
    const ann = await loggedIn('ann')
    expect((await ann.get('/broken').expect(418)).text).toContain('of the app')
  })
})

describe('the same instance twice in a request', () => {
  test('starts without an identity and identifies the user who is logged in at that time', async () => {
    const seen: boolean[] = []
    const { browser } = await createApp({
      mounted: false,
      session: false,
      routes: (app, identification) => {
        const look = (_req: unknown, res: { locals: { hubspot: { identified: boolean } } }, next: () => void) => {
          seen.push(res.locals.hubspot.identified)
          next()
        }
        app.get(
          '/',
          ...[identification, look, asUser({ email: 'ann@example.com' }), look, identification, look],
          ...[asUser(undefined), look, identification, look],
          (_req, res) => res.json(readView(res))
        )
      }
    })
    expect((await browser().get('/')).body.identified).toBe(false)
    expect(seen).toEqual([false, false, true, false, false])
  })

  test('never shows the first user to the second', async () => {
    const { browser, hubspot } = await createApp({
      mounted: false,
      session: false,
      routes: (app, identification) => {
        app.get('/', asUser({ email: 'ann@example.com' }), identification, (_req, res, next) => {
          res.locals['first'] = res.locals.hubspot
          next()
        })
        app.get('/', asUser({ email: 'bob@example.com' }), identification, (_req, res) => {
          res.json({ first: readView(res, 'first'), second: readView(res) })
        })
      }
    })
    const { body } = await browser().get('/')
    expect(body.first).toEqual({ identified: false, reason: 'changed', settings: {}, json: '{}', snippet: '' })
    expect(body.second.email).toBe('bob@example.com')
    expect(hubspot.verify(body.second.token)).toMatchObject({ email: 'bob@example.com' })
  })
})

describe('a session or locals that cannot be written to', () => {
  const served = { status: 200, text: 'served' }
  const routes: AppParts['routes'] = (app) => {
    app.get('/', (_req, res) => void res.send('served'))
  }

  test.each([false, true])(
    'frozen locals: the page is served, with and without a mint (autoInsert: %j)',
    async (autoInsert) => {
      const { browser } = await createApp({
        session: false,
        options: { autoInsert },
        before: (app) =>
          app.use(asUser({ email: 'ann@example.com' }), (_req, res, next) => {
            Object.freeze(res.locals)
            next()
          }),
        routes
      })
      expect(await browser().get('/')).toMatchObject(served)
      expect(await browser().get('/')).toMatchObject(served)
    }
  )

  test('a session that throws: the page is served and identified', async () => {
    const { browser } = await createApp({
      before: (app) =>
        app.use(asUser({ email: 'ann@example.com' }), (req, _res, next) => {
          Object.defineProperty(req.session, 'hubspot', {
            get: () => undefined,
            set() {
              throw new Error('of the app')
            }
          })
          next()
        }),
      routes
    })
    expect(await browser().get('/')).toMatchObject(served)
    expect((await browser().get('/view').expect(200)).body.identified).toBe(true)
  })
})

describe('locals copied from one response to another', () => {
  test('do not affect the other response', async () => {
    const shared = {}
    const { loggedIn, browser } = await createApp({
      before: (app) =>
        app.use((_req, res, next) => {
          res.locals = shared as typeof res.locals
          next()
        })
    })
    const ann = await loggedIn('ann')
    expect((await ann.get('/view')).headers['cache-control']).toBe('private, no-store')
    expect((await ann.get('/view')).headers['cache-control']).toBe('private, no-store')
    expect((await browser().get('/view')).body.identified).toBe(false)
  })
})

describe('without a session', () => {
  test('the identity comes from memory, and the missing session is reported once', async () => {
    const { browser, hubspot, errors } = await createApp({
      session: false,
      before: (app) => app.use(asUser({ email: 'ann@example.com' }))
    })
    const tokens = [await browser().get('/view'), await browser().get('/view')].map(({ body }) => body.token)
    expect(hubspot.verify(tokens[0])).toBeDefined()
    expect(tokens[0]).toBe(tokens[1])
    expect(hubspot.requests).toHaveLength(1)
    expect(errors.map(({ code }) => code)).toEqual(['ERR_SESSION_MISSING'])
    expect(errors[0]?.hint).toContain('Register express-session (and Passport) before this middleware')
  })

  test('nothing is reported without a user', async () => {
    const { browser, errors } = await createApp({ session: false })
    await browser().get('/view').expect(200)
    expect(errors).toEqual([])
  })
})

describe('options of the middleware', () => {
  test('localsKey and sessionKey name the properties', async () => {
    let kept: unknown
    const { browser } = await createApp({
      options: { localsKey: 'chat', sessionKey: 'chatToken' },
      routes: (app, identification, authenticate) => {
        app.post('/login', authenticate, identification, (req, res) => {
          kept = (req.session as unknown as Record<string, unknown>)['chatToken']
          res.json({ chat: readView(res, 'chat'), hubspot: 'hubspot' in res.locals })
        })
      }
    })
    const { body } = await browser().post('/login?user=ann')
    expect(body.chat.identified).toBe(true)
    expect(body.hubspot).toBe(false)
    expect(kept).toMatchObject({ email: 'ann@example.com', token: body.chat.token })
  })

  test('errors of onError are ignored', async () => {
    for (const onError of [
      () => {
        throw new Error('of the logger')
      },
      (() => Promise.reject(new Error('of the logger'))) as () => void
    ]) {
      const { hubspot, browser } = await createApp({
        options: { onError },
        session: false,
        before: (app) => app.use(asUser({ email: 'ann@example.com' }))
      })
      hubspot.respondWith({ status: 401 })
      expect((await browser().get('/view').expect(200)).body.identified).toBe(false)
    }
  })

  test('identify() shares the tokens of the pages', async () => {
    const { hubspot, identification, loggedIn } = await createApp()
    const { token } = await identification.identify({ email: 'ann@example.com' })
    const ann = await loggedIn('ann')
    expect((await ann.get('/view')).body.token).toBe(token)
    expect(hubspot.requests).toHaveLength(1)
  })

  test('two instances share nothing', async () => {
    const { hubspot, app, browser } = await createApp({
      session: false,
      before: (app) => app.use(asUser({ email: 'ann@example.com' }))
    })
    const other = hubspotIdentification({ accessToken: 'another', baseUrl: hubspot.url, localsKey: 'other' })
    app.get('/both', other, (_req, res) => {
      res.json([readView(res).token, readView(res, 'other').token])
    })
    const { body } = await browser().get('/both')
    expect(body.map((token: string) => hubspot.verify(token)?.email)).toEqual(['ann@example.com', 'ann@example.com'])
    expect(body[0]).not.toBe(body[1])
  })
})

test('the middleware that is mounted with parentheses throws an error that says what to write', () => {
  const identification = hubspotIdentification({ accessToken: 'pat-test' })
  expect(identification as unknown as () => void).toThrow(
    expect.objectContaining({
      code: 'ERR_OPTIONS_INVALID',
      message: expect.stringContaining('called without a request'),
      hint: 'Pass it to Express without calling it: app.use(identification).'
    })
  )
})
