// forgetOnLogout over real requests: the chat's cookies are expired once in a browser that was identified and has no user any more.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Response } from 'express'
import supertest from 'supertest'
import { type HubSpotIdentificationOptions, hubspotIdentification, type Visitor } from '../../lib/index.js'
import { type AppParts, asUser, createApp, EXPRESS_MAJORS, setCookies } from '../support/create-app.js'

const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']
const MARK = 'hubspot-identified'
const MARKED = `${MARK}=1`
const EPOCH = 'Thu, 01 Jan 1970 00:00:00 GMT'

/** The chat cookies that a response expires, as name and domain. */
function forgotten(response: { headers: Record<string, unknown> }): string[] {
  return setCookies(response)
    .filter((cookie) => CHAT_COOKIES.some((name) => cookie.startsWith(`${name}=;`)))
    .map((cookie) => {
      expect(cookie).toMatch(/; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT|; Path=\/.*Expires=Thu, 01 Jan 1970/)
      return `${cookie.split('=')[0]} ${/Domain=([^;]+)/.exec(cookie)?.[1] ?? 'host-only'}`
    })
}

/** The Set-Cookie lines of the mark. */
function marks(response: { headers: Record<string, unknown> }): string[] {
  return setCookies(response).filter((cookie) => cookie.includes(MARK))
}

/** One request of a browser with the mark to an app without sessions. */
async function visit({
  path = '/nothing',
  method = 'get' as 'get' | 'head' | 'post',
  headers = {} as Record<string, string>,
  ...parts
}: AppParts & {
  path?: string
  method?: 'get' | 'head' | 'post'
  headers?: Record<string, string>
}) {
  const { app } = await createApp({ session: false, ...parts })
  return supertest(app)
    [method](path)
    .set({ cookie: MARKED, ...headers })
}

describe.each(EXPRESS_MAJORS)('logout in $major', ({ express }) => {
  test('expires the cookies in the response to the logout, only once', async () => {
    const { loggedIn } = await createApp({ express })
    const ann = await loggedIn('ann')
    const page = await ann.get('/view')
    expect(marks(page)).toEqual([`${MARK}=1; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax`])
    expect(forgotten(page)).toEqual([])
    expect(marks(await ann.get('/view'))).toEqual([])

    const logout = await ann.post('/logout').expect(302)
    expect(forgotten(logout)).toEqual(CHAT_COOKIES.map((name) => `${name} host-only`))
    expect(marks(logout)).toEqual([`${MARK}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`])
    expect(logout.headers['cache-control']).toBe('private, no-store')

    const after = await ann.get('/view')
    expect(after.body.identified).toBe(false)
    expect(setCookies(after).filter((cookie) => !cookie.startsWith('connect.sid'))).toEqual([])
    expect(after.headers['cache-control']).toBeUndefined()
  })

  test('keeps the cookies that the app sets in the same response', async () => {
    const response = await visit({
      express,
      routes: (app) => {
        app.get('/nothing', (_req, res) => {
          res.cookie('own', '1').cookie('second', '2').json({})
        })
      }
    })
    expect(setCookies(response).slice(0, 2)).toEqual(['own=1; Path=/', 'second=2; Path=/'])
    expect(forgotten(response)).toHaveLength(3)
  })

  test('makes a public page private in that response', async () => {
    for (const cacheControl of ['public, max-age=600', 'private, max-age=600', 'no-cache']) {
      const { headers } = await visit({
        express,
        routes: (app) => {
          app.get('/nothing', (_req, res) => {
            res.set({ 'Cache-Control': cacheControl, 'CDN-Cache-Control': 'max-age=60' }).send('x')
          })
        }
      })
      expect(headers['cache-control']).toBe('private, no-store')
      expect(headers).not.toHaveProperty('cdn-cache-control')
    }
  })
})

test('an instance without a user expires nothing in a page with an identity of another account', async () => {
  const { app, hubspot, loggedIn } = await createApp()
  const partner = hubspotIdentification({
    accessToken: 'another',
    baseUrl: hubspot.url,
    sessionKey: 'partner',
    localsKey: 'partner',
    visitor: () => null
  })
  app.get('/both', partner, (_req, res) => void res.send(res.locals.hubspot.snippet + res.locals['partner'].snippet))
  const ann = await loggedIn('ann')
  for (const page of [await ann.get('/both'), await ann.get('/both'), await ann.get('/both')]) {
    expect(page.text).toContain('ann@example.com')
    expect(forgotten(page)).toEqual([])
  }
  await ann.post('/logout')
})

test.each<[string, (res: Response) => unknown]>([
  ['are gone', (res) => Object.assign(res, { locals: null })],
  ['throw', (res) => Object.defineProperty(res.locals, 'own', { enumerable: true, get: () => raise() })]
])('a page whose locals %s expires the cookies as well', async (_name, spoil) => {
  const response = await visit({
    routes: (app) => {
      app.get('/nothing', (_req, res) => {
        spoil(res)
        res.json({})
      })
    }
  })
  expect(response.status).toBe(200)
  expect(forgotten(response)).toHaveLength(3)
})

function raise(): never {
  throw new Error('of the app')
}

describe('the chat of a browser that was identified', () => {
  test('is forgotten on the page after the redirect, if the middleware did not run for the logout', async () => {
    const { loggedIn } = await createApp({
      before: (app) =>
        app.post('/early-logout', (req, res, next) => {
          req.logout((error) => (error ? next(error) : res.redirect('/nothing')))
        })
    })
    const ann = await loggedIn('ann')
    await ann.get('/view')
    expect(forgotten(await ann.post('/early-logout').expect(302))).toEqual([])
    expect(forgotten(await ann.get('/nothing'))).toHaveLength(3)
    expect(forgotten(await ann.get('/nothing'))).toEqual([])
  })

  test('is forgotten when its session has expired or was deleted', async () => {
    const { loggedIn } = await createApp({
      before: (app) =>
        app.get('/expire', (req, res, next) => {
          req.sessionStore.destroy(req.sessionID, (error) => (error ? next(error) : res.end()))
        })
    })
    const ann = await loggedIn('ann')
    await ann.get('/view')
    await ann.get('/expire')
    expect(forgotten(await ann.get('/nothing'))).toHaveLength(3)
  })

  test('is forgotten when the app destroys the session', async () => {
    const { loggedIn } = await createApp({
      options: { visitor: (req) => (req.session ? { email: 'ann@example.com' } : null) },
      routes: (app) => {
        app.post('/destroy', (req, res, next) => {
          req.session.destroy((error) => (error ? next(error) : res.redirect('/')))
        })
      }
    })
    const ann = await loggedIn('ann')
    await ann.get('/view')
    expect(forgotten(await ann.post('/destroy'))).toHaveLength(3)
  })

  test.each<[string, HubSpotIdentificationOptions['visitor']]>([
    ['that no longer finds its session', (req) => (req.session as unknown as { who: { email: string } }).who],
    ['that answers with a promise', async (req) => req.user as unknown as { email: string }],
    ['that goes by req.user, which is still there', (req) => req.user as unknown as { email: string }]
  ])('is forgotten in the response that destroys the session, with a visitor %s', async (_name, visitor) => {
    const { browser } = await createApp({
      options: { visitor },
      before: (app) => {
        app.post('/in', (req, res) => {
          Object.assign(req.session, { who: { email: 'ann@example.com' } })
          res.json({})
        })
        app.use((req, _res, next) => {
          const { who } = req.session as unknown as { who?: object }
          if (who) Object.assign(req, { user: who })
          next()
        })
      },
      routes: (app) => {
        app.post('/out', (req, res) => {
          req.session.destroy(() => res.json({ identified: res.locals.hubspot.identified }))
        })
      }
    })
    const ann = browser()
    await ann.post('/in')
    expect(marks(await ann.get('/view'))).toHaveLength(1)
    const logout = await ann.post('/out')
    expect(logout.body).toEqual({ identified: false })
    expect(forgotten(logout)).toHaveLength(3)
    expect(logout.headers['cache-control']).toBe('private, no-store')
  })

  test.each<[string, Partial<HubSpotIdentificationOptions>]>([
    ['', {}],
    [', with a visitor that answers with a promise', { visitor: async (req) => req.user as unknown as Visitor }]
  ])('is not forgotten when a user logs in in the same request%s', async (_name, options) => {
    const { browser } = await createApp({
      options,
      routes: (app, identification, authenticate) => {
        app.post('/login-and-look', authenticate, identification, (_req, res) => {
          res.json(res.locals.hubspot.settings)
        })
      }
    })
    for (const path of ['/login?user=bob', '/login-and-look?user=bob']) {
      const response = await browser().post(path).set('Cookie', MARKED).expect(200)
      expect(forgotten(response)).toEqual([])
      expect(marks(response)).toEqual([])
    }
  })

  test.each<[string, Parameters<typeof visit>[0]]>([
    ['the request is skipped', { options: { skip: () => true } }],
    [
      'the mint fails',
      {
        before: (app) => app.use(asUser({ email: 'ann@example.com' })),
        options: { fetch: () => Promise.reject(new Error()) }
      }
    ],
    ['the mint is late', { before: (app) => app.use(asUser({ email: 'ann@example.com' })), options: { maxWaitMs: 0 } }],
    [
      'the visitor throws',
      {
        options: {
          visitor: () => {
            throw new Error('of the app')
          }
        }
      }
    ],
    ['the visitor rejects', { options: { visitor: () => Promise.reject(new Error('of the app')) } }],
    ['the visitor hangs', { options: { visitor: () => new Promise(() => undefined), maxWaitMs: 0 } }],
    ['the visitor is malformed', { options: { visitor: () => ({ email: 'x' }) } }],
    ['the page is prefetched', { headers: { 'sec-purpose': 'prefetch;prerender' } }],
    ['the page is prefetched, by the header of Safari and older browsers', { headers: { purpose: 'prefetch' } }],
    ['an image is asked for', { headers: { 'sec-fetch-dest': 'image' } }],
    ['only the head is asked for', { method: 'head' }],
    ['the option is off', { options: { forgetOnLogout: false } }],
    ['the mark is of another name', { headers: { cookie: `x${MARKED}; other=${MARKED}; ${MARKED}0` } }],
    ['it was never identified', { headers: { cookie: 'messagesUtk=guest' } }]
  ])('is not forgotten if %s', async (_name, request) => {
    const response = await visit(request)
    expect(response.status).toBe(200)
    expect(setCookies(response)).toEqual([])
    expect(response.headers['cache-control']).toBeUndefined()
    await nextTurn()
  })

  test.each<[string, HubSpotIdentificationOptions]>([
    ['is nobody', { accessToken: 'x', visitor: () => null }],
    ['is nobody with a promise', { accessToken: 'x', visitor: async () => null }],
    ['is unverified', { accessToken: 'x', visitor: () => ({ email: 'ann@example.com', email_verified: false }) }]
  ])('is forgotten when the visitor %s', async (_name, options) => {
    expect(forgotten(await visit({ options }))).toHaveLength(3)
  })

  test('is forgotten once, also if the middleware runs twice', async () => {
    const routes: AppParts['routes'] = (app, identification) => app.use(identification)
    expect(forgotten(await visit({ routes }))).toHaveLength(3)
  })

  test('is forgotten by every kind of response: an error, a redirect, a stream, an empty one', async () => {
    const response = (path: string) =>
      visit({
        path,
        configure: (app) => app.set('env', 'test'),
        routes: (app) => {
          app.get('/redirect', (_req, res) => res.redirect('/'))
          app.get('/end', (_req, res) => void res.writeHead(200, { 'Cache-Control': 'public' }).end('x'))
          app.get('/broken', () => {
            throw new Error('of the app')
          })
        }
      })
    for (const path of ['/redirect', '/end', '/broken', '/missing']) {
      const seen = await response(path)
      expect(forgotten(seen)).toHaveLength(3)
      expect(seen.headers['cache-control']).toBe('private, no-store')
    }
  })

  test('is forgotten by a 204 of the token endpoint', async () => {
    const { app } = await createApp({
      mounted: false,
      session: false,
      routes: (app, identification) => app.get('/token', identification.tokenEndpoint())
    })
    const response = await supertest(app).get('/token').set('Cookie', MARKED).expect(204)
    expect(forgotten(response)).toHaveLength(3)
    expect(forgotten(await supertest(app).get('/token').expect(204))).toEqual([])
  })

  test('is not marked by a page that reads no identity, nor without the option', async () => {
    const { loggedIn } = await createApp()
    expect(marks(await (await loggedIn('ann')).get('/nothing'))).toEqual([])
    const off = await createApp({ options: { forgetOnLogout: false } })
    const ann = await off.loggedIn('ann')
    expect(marks(await ann.get('/view'))).toEqual([])
    expect(setCookies(await ann.post('/logout')).filter((cookie) => cookie.includes('messagesUtk'))).toEqual([])
  })
})

describe('the domains', () => {
  const domainsFor = async (host: string) => {
    const domains = forgotten(await visit({ headers: { host } })).map((line) => line.split(' ')[1])
    // The same for each of the three cookies.
    const once = domains.slice(0, domains.length / 3)
    expect(domains).toEqual([...once, ...once, ...once])
    expect(once.shift()).toBe('host-only')
    return once
  }

  test.each([
    ['app.shop.example.co.uk', ['app.shop.example.co.uk', 'shop.example.co.uk', 'example.co.uk', 'co.uk']],
    ['WWW.Example.com:8080', ['www.example.com', 'example.com']],
    ['my_app.example.com', ['example.com']],
    ['-x.example.com', ['example.com']],
    [`${'x'.repeat(64)}.example.com`, ['example.com']],
    ['example.com.', ['example.com']],
    ['localhost:3000', []],
    ['127.0.0.1:3000', []],
    ['[::1]:3000', []],
    ['example.com; Domain=evil.com', []],
    ['example.com,evil.com', []],
    ['..', []],
    ['a..b', []],
    ['"><script>', []]
  ])('of %s are %j', async (host, domains) => {
    expect(await domainsFor(host)).toEqual(domains)
  })

  test('of a forged host with hundreds of labels are limited', async () => {
    expect(await domainsFor(`${'a.'.repeat(400)}example.com`)).toHaveLength(8)
  })

  test('are those of the forwarded host if the app trusts its proxy', async () => {
    const headers = { 'x-forwarded-host': 'www.example.com', host: 'internal' }
    expect(forgotten(await visit({ headers }))).toHaveLength(3)
    const trusting = await visit({ headers, configure: (app) => app.set('trust proxy', true) })
    expect(forgotten(trusting)).toContain('messagesUtk example.com')
  })
})

describe('over https', () => {
  const secure: AppParts = { configure: (app) => app.set('trust proxy', true) }
  const headers = { 'x-forwarded-proto': 'https', host: 'www.example.com' }

  test('the mark is bound to its host and secure', async () => {
    const { app } = await createApp({
      session: false,
      ...secure,
      before: (app) => app.use(asUser({ email: 'ann@example.com' }))
    })
    const response = await supertest(app).get('/view').set(headers)
    expect(marks(response)).toEqual([`__Host-${MARK}=1; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax`])
  })

  test('only the bound mark counts; it is expired with the same attributes', async () => {
    expect(forgotten(await visit({ ...secure, headers }))).toEqual([])
    expect(forgotten(await visit({ ...secure, headers: { ...headers, cookie: `x__Host-${MARKED}` } }))).toEqual([])
    const response = await visit({ ...secure, headers: { ...headers, cookie: `__Host-${MARKED}` } })
    expect(forgotten(response)).toHaveLength(9)
    expect(marks(response)).toEqual([`__Host-${MARK}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`])
  })

  test('the bound mark counts, and can be expired, also if the app does not trust its proxy', async () => {
    const response = await visit({ headers: { cookie: `__Host-${MARKED}` } })
    expect(forgotten(response).length).toBeGreaterThan(0)
    expect(marks(response)).toEqual([`__Host-${MARK}=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax`])
  })

  test('is recognised behind a trusted proxy only', async () => {
    expect(forgotten(await visit({ headers }))).toHaveLength(9)
  })
})

test('the expired cookies are those that the chat sets', async () => {
  expect(setCookies(await visit({ headers: { host: 'localhost' } }))).toEqual([
    ...CHAT_COOKIES.map((name) => `${name}=; Path=/; Expires=${EPOCH}`),
    `${MARK}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax`
  ])
})
