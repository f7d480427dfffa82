// The table of likely mistakes: what the app does, the expected console line, and the expected `hubspot.reason`.
import type { RequestHandler } from 'express'
import {
  type HubSpotIdentificationOptions,
  hubspotIdentification,
  type NotIdentifiedReason,
  visitorFrom
} from '../../lib/index.js'
import type { SimulatorFault } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, page, put, readView, type Site, type SiteParts, USER } from './site.js'

/** One mistake. */
export type Mistake = {
  readonly what: string
  readonly app?: SiteParts
  /** The behaviour of HubSpot. */
  readonly hubspot?: SimulatorFault
  /** The requests that show it; gives the response to check. By default a login, then `GET /view`. */
  readonly visit?: (site: Site) => Promise<{ readonly body: unknown; readonly status: number; readonly text: string }>
  /** The expected line. */
  readonly says: RegExp
  /** How many instances write it; one by default. */
  readonly instances?: number
  /** The expected `hubspot.reason`. */
  readonly reason?: NotIdentifiedReason
}

const nobodyLoggedIn: SiteParts['order'] = ['session', 'identification', 'routes']
const asGuest = (path: string) => (site: Site) => site.browser.get(path)
const loggedIn = (path: string) => async (site: Site) => {
  await site.login()
  return site.browser.get(path)
}
/** A value of a wrong type, as in plain JavaScript. */
const wrong = (options: object) => options as Partial<HubSpotIdentificationOptions>
const pageRoute =
  (html: (snippet: string, json: string) => string): NonNullable<SiteParts['routes']> =>
  (app) => {
    app.get('/page', (_req, res) => void res.send(html(res.locals.hubspot.snippet, res.locals.hubspot.json)))
  }
const escapeHtml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
    .replaceAll("'", '&#39;')
const cacheFor: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'public, max-age=60')
  next()
}

const HUBSPOT: readonly Mistake[] = [
  {
    what: 'a wrong access token',
    hubspot: { status: 401, times: 99 },
    says: /ERR_UNAUTHORIZED.*put a current one/,
    reason: 'unauthorized'
  },
  {
    what: 'a missing scope',
    hubspot: { status: 403, body: { category: 'MISSING_SCOPES' }, times: 99 },
    says: /ERR_FORBIDDEN.*lacks a scope: add conversations\.visitor_identification\.tokens\.create/,
    reason: 'forbidden'
  },
  {
    what: 'a plan that is too low',
    hubspot: { status: 403, body: {}, times: 99 },
    says: /ERR_FORBIDDEN.*plan is too low/,
    reason: 'forbidden'
  },
  {
    what: 'a HubSpot that cannot be reached',
    app: { options: { baseUrl: 'http://127.0.0.1:1' } },
    says: /ERR_UNAVAILABLE.*could not be reached/,
    reason: 'unavailable'
  },
  {
    what: 'a HubSpot that is down',
    hubspot: { status: 503, times: 99 },
    says: /ERR_UNAVAILABLE.*not available/,
    reason: 'unavailable'
  },
  {
    what: 'a proxy that answers in its place',
    hubspot: { html: 'Please log in', times: 99 },
    says: /ERR_BAD_RESPONSE.*check "baseUrl" and proxies/,
    reason: 'unavailable'
  },
  {
    what: 'an address that HubSpot refuses',
    hubspot: { status: 400, times: 99 },
    says: /ERR_REJECTED.*refuses this visitor/,
    reason: 'rejected'
  },
  {
    what: 'a wrong apiVersion',
    hubspot: { status: 404, times: 99 },
    says: /ERR_REJECTED.*check "apiVersion"/,
    reason: 'rejected'
  },
  {
    what: 'too many calls',
    hubspot: { status: 429, times: 99 },
    says: /ERR_RATE_LIMITED.*too many calls/,
    reason: 'rate-limited'
  },
  {
    what: 'an accessToken function that gives nothing',
    app: { options: wrong({ accessToken: () => undefined, account: 'one' }) },
    says: /ERR_ACCESS_TOKEN.*return the credential as text/,
    reason: 'unauthorized'
  },
  {
    what: 'a shared store that fails',
    app: {
      options: {
        cache: { store: { get: () => Promise.reject(new Error(ACCESS_TOKEN)), set: () => {}, delete: () => {} } }
      }
    },
    says: /ERR_CACHE_STORE.*cache\.store/
  },
  {
    what: 'a token that comes after maxWaitMs',
    app: { options: { maxWaitMs: 20 } },
    hubspot: { delayMs: 200, times: 99 },
    visit: async (site) => {
      const first = await loggedIn('/view')(site)
      // Waits for the token, so that no mint is running when the test ends.
      while (!(await site.browser.get('/view')).body.identified);
      return first
    },
    says: /longer than maxWaitMs \(20 ms\).*Reason: late\./,
    reason: 'late'
  }
]

const USERS: readonly Mistake[] = [
  {
    what: 'an unverified address',
    app: { user: { ...USER, emailVerified: false } },
    says: /not verified \(the mark "emailVerified" does not say yes\)/,
    reason: 'unverified'
  },
  {
    what: "a provider's claim that says no",
    app: { user: { ...USER, _json: { email_verified: false } } },
    says: /the mark "_json\.email_verified" does not say yes/,
    reason: 'unverified'
  },
  {
    what: 'requireVerified, and records without a mark',
    app: { options: { requireVerified: true } },
    says: /no mark of verification, and requireVerified is set/,
    reason: 'unverified'
  },
  {
    what: 'a user without an address',
    app: { user: { id: 7 } },
    says: /no address in "email" or "emails"/,
    reason: 'no-email'
  },
  {
    what: 'a user who is only an id',
    app: { order: nobodyLoggedIn, before: put({ user: 7 }) },
    visit: asGuest('/view'),
    says: /req\.user is there, but is no object with an address/,
    reason: 'no-user'
  },
  {
    what: 'an address under another name',
    app: { user: { username: USER.email } },
    says: /something like one in "username"/,
    reason: 'no-email'
  },
  {
    what: 'a malformed address',
    app: { user: { email: 'planted' } },
    says: /ERR_VISITOR_INVALID.*On req\.user there is no visitor: its email/,
    reason: 'invalid-visitor'
  },
  {
    what: 'a user on req.session.user',
    app: {
      order: nobodyLoggedIn,
      before: (req, _res, next) => {
        Object.assign(req.session, { user: USER })
        next()
      }
    },
    visit: asGuest('/view'),
    says: /there is req\.session\.user: .*visitorFrom\(req\.session\.user\)/,
    reason: 'no-user'
  },
  {
    what: 'a user id on the session',
    app: {
      order: nobodyLoggedIn,
      before: (req, _res, next) => {
        Object.assign(req.session, { userId: 7 })
        next()
      }
    },
    visit: asGuest('/view'),
    says: /there is req\.session\.userId/,
    reason: 'no-user'
  },
  {
    what: 'a user on req.oidc',
    app: { order: nobodyLoggedIn, before: put({ oidc: { user: USER } }) },
    visit: asGuest('/view'),
    says: /visitorFrom\(req\.oidc\.user\)/,
    reason: 'no-user'
  },
  {
    what: 'a user on req.auth',
    app: { order: nobodyLoggedIn, before: put({ auth: { userId: 'u1' } }) },
    visit: asGuest('/view'),
    says: /there is req\.auth/,
    reason: 'no-user'
  },
  {
    what: 'a visitor without return',
    app: { options: wrong({ visitor: () => undefined }) },
    says: /"visitor" gave nobody: is a "return" missing/,
    reason: 'no-user'
  },
  {
    what: 'a visitor without return, and the user on req.oidc',
    app: { order: nobodyLoggedIn, before: put({ oidc: { user: USER } }), options: wrong({ visitor: () => undefined }) },
    visit: asGuest('/view'),
    says: /req\.oidc\.user is there, but "visitor" gave nobody/,
    reason: 'no-user'
  },
  {
    what: 'a visitor without return, and a visitorKey',
    app: { order: nobodyLoggedIn, options: wrong({ visitor: async () => undefined, visitorKey: () => '7' }) },
    visit: asGuest('/view'),
    says: /a visitorKey is there, but "visitor" gave nobody/,
    reason: 'no-user'
  },
  {
    what: 'a visitorKey without return',
    app: { options: wrong({ visitor: async () => USER, visitorKey: () => undefined }) },
    says: /req\.user is there, but "visitorKey" gave no key/,
    reason: 'no-user'
  },
  {
    what: 'a visitorKey without return, and the user on req.oidc',
    app: {
      order: nobodyLoggedIn,
      before: put({ oidc: { user: USER } }),
      options: wrong({ visitor: async () => USER, visitorKey: () => undefined })
    },
    visit: asGuest('/view'),
    says: /req\.oidc\.user is there, but "visitorKey" gave no key/,
    reason: 'no-user'
  },
  {
    what: 'a visitor that gives an address',
    app: { options: wrong({ visitor: () => USER.email }) },
    says: /ERR_VISITOR_INVALID.*not an object/,
    reason: 'invalid-visitor'
  },
  {
    what: 'a visitor that gives false',
    app: { options: wrong({ visitor: () => false }) },
    says: /ERR_VISITOR_INVALID.*not an object/,
    reason: 'invalid-visitor'
  },
  {
    what: 'a visitor that throws',
    app: {
      options: {
        visitor: () => {
          throw new TypeError(USER.email)
        }
      }
    },
    says: /ERR_VISITOR_INVALID.*"visitor" threw/,
    reason: 'invalid-visitor'
  },
  {
    what: 'a visitor that never answers',
    app: { options: { maxWaitMs: 20, visitor: () => new Promise<never>(() => {}) } },
    says: /ERR_VISITOR_INVALID.*longer than maxWaitMs/,
    reason: 'late'
  },
  {
    what: 'a visitorFrom() that refuses',
    app: { options: { visitor: () => visitorFrom({ ...USER, email_verified: 'pending' }) } },
    says: /the mark "email_verified" does not say yes/,
    reason: 'unverified'
  },
  {
    what: 'a visitorFrom() that refuses in a visitor that waits',
    app: {
      options: {
        async visitor() {
          await new Promise((resolve) => setImmediate(resolve))
          return visitorFrom({ ...USER, email_verified: 'pending' })
        }
      }
    },
    says: /the mark "email_verified" does not say yes/,
    reason: 'unverified'
  },
  {
    what: 'a visitorFrom() that refuses, and a visitorKey',
    app: {
      options: { visitor: async () => visitorFrom({ ...USER, email_verified: 'pending' }), visitorKey: () => '7' }
    },
    says: /the mark "email_verified" does not say yes/,
    reason: 'unverified'
  },
  {
    what: 'a visitorFrom() without an address',
    app: { options: { visitor: () => visitorFrom({ sub: '7' }) } },
    says: /given to visitorFrom\(\) has no address/,
    reason: 'no-email'
  },
  {
    what: 'a visitorKey that answers with a promise',
    app: { options: wrong({ visitor: () => USER, visitorKey: async () => '7' }) },
    says: /ERR_VISITOR_INVALID.*"visitorKey" threw/,
    reason: 'invalid-visitor'
  },
  {
    what: 'a skip that never looks',
    app: { options: { skip: () => true } },
    says: /"skip" says true/,
    reason: 'skipped'
  },
  {
    what: 'a skip that is always true',
    app: { options: { skip: (req) => req.path !== undefined } },
    visit: async (site) => {
      await site.login()
      for (let pages = 0; pages < 4; pages += 1) await site.browser.get('/view')
      return site.browser.get('/view')
    },
    says: /Every request so far was skipped/,
    reason: 'skipped'
  },
  {
    what: 'a skip that answers with a promise',
    app: { options: wrong({ skip: async () => false }) },
    says: /ERR_VISITOR_INVALID.*"skip" threw/,
    reason: 'invalid-visitor'
  }
]

const MOUNTING: readonly Mistake[] = [
  {
    what: 'the middleware before express-session',
    app: { order: ['identification', 'session', 'passport', 'routes'] },
    says: /express-session ran after this middleware|A session cookie came, but req\.session is missing/,
    reason: 'user-came-later'
  },
  {
    what: 'the middleware between express-session and passport.session()',
    app: { order: ['session', 'identification', 'passport', 'routes'] },
    says: /The session says that a user is logged in, but req\.user is missing/,
    reason: 'user-came-later'
  },
  {
    what: 'no session at all',
    app: { order: ['identification', 'routes'], before: put({ user: USER }) },
    visit: asGuest('/view'),
    says: /ERR_SESSION_MISSING.*session: false/
  },
  {
    what: 'a user who comes behind the middleware',
    app: { order: nobodyLoggedIn, after: put({ user: USER }) },
    visit: asGuest('/view'),
    says: /appeared after this middleware had run.*Reason: user-came-later\./,
    reason: 'user-came-later'
  },
  {
    what: 'a login whose answer shows the view without another run',
    app: {
      routes: (app, _identification, login) => void app.post('/in', login, (_req, res) => void res.json(readView(res)))
    },
    visit: (site) => site.browser.post('/in?u=1'),
    says: /appeared after this middleware had run.*in a login route behind passport\.authenticate\(\)/,
    reason: 'user-came-later'
  },
  {
    what: 'a user who is loaded anew behind the middleware',
    app: {
      after: (req, _res, next) => {
        if (req.user) Object.assign(req, { user: { ...req.user } })
        next()
      }
    },
    says: /was replaced after this middleware had run.*Reason: changed\./,
    reason: 'changed'
  },
  {
    what: 'the endpoint before express-session',
    app: {
      order: ['routes', 'session', 'passport', 'identification'],
      routes: (app, identification) => void app.get('/token', identification.tokenEndpoint())
    },
    visit: (site) => site.browser.get('/token').set('Cookie', 'connect.sid=s%3Aabc.def'),
    says: /A session cookie came, but req\.session is missing: mount the middleware \(or tokenEndpoint\(\)\) behind/
  },
  {
    what: 'the endpoint between express-session and passport.session()',
    app: {
      order: ['session', 'routes', 'passport'],
      routes: (app, identification) => {
        app.get('/token', put({}), (req, _res, next) => {
          Object.assign(req.session, { passport: { user: '1' } })
          next()
        })
        app.get('/token', identification.tokenEndpoint())
      }
    },
    visit: asGuest('/token'),
    says: /The session says that a user is logged in, but req\.user is missing.*tokenEndpoint\(\)/
  },
  {
    what: 'tokenEndpoint mounted without being called',
    app: { routes: (app, identification) => void app.get('/token', identification.tokenEndpoint as never) },
    visit: asGuest('/token'),
    says: /write identification\.tokenEndpoint\(\)\./
  },
  {
    what: 'browserScript mounted without being called',
    app: { routes: (app, identification) => void app.get('/chat.js', identification.browserScript as never) },
    visit: asGuest('/chat.js'),
    says: /write identification\.browserScript\(\)\./
  },
  {
    what: 'two instances on one sessionKey in one request',
    app: {
      routes: (app) =>
        void app.use(hubspotIdentification({ accessToken: 'another', localsKey: 'chat', visitor: () => null }))
    },
    says: /Two instances for different HubSpot accounts keep their tokens on req\.session\.hubspot/
  },
  {
    what: 'two instances on one sessionKey on different routes',
    app: {
      order: ['session', 'passport', 'routes'],
      options: { account: 'one' },
      routes(app, identification) {
        const other = hubspotIdentification({
          accessToken: 'another',
          account: 'two',
          fetch: async () => Response.json({ token: 'a.b.c' })
        })
        app.get('/one', identification, (_req, res) => void res.json(readView(res)))
        app.get('/two', other, (_req, res) => void res.json(readView(res)))
        app.get('/view', identification)
      }
    },
    visit: async (site) => {
      await site.login()
      await site.browser.get('/two')
      await site.browser.get('/one')
      await new Promise((resolve) => setImmediate(resolve))
      return site.browser.get('/two')
    },
    instances: 2,
    says: /Two instances for different HubSpot accounts keep their tokens on req\.session\.hubspot/
  },
  {
    what: 'two instances on one localsKey',
    app: {
      routes: (app) =>
        void app.use(hubspotIdentification({ accessToken: 'another', sessionKey: 'chat', visitor: () => null }))
    },
    says: /Two instances put their view on res\.locals\.hubspot/
  }
]

const PAGES: readonly Mistake[] = [
  {
    what: 'a page that caches may keep',
    app: { before: cacheFor },
    says: /ERR_PUBLIC_CACHE.*send Cache-Control private/,
    reason: 'public-cache'
  },
  {
    what: 'a page that a CDN may keep',
    app: {
      before: (_req, res, next) => {
        res.setHeader('CDN-Cache-Control', 'max-age=60')
        next()
      }
    },
    says: /ERR_PUBLIC_CACHE/,
    reason: 'public-cache'
  },
  {
    what: 'a snippet that is never read',
    app: { routes: (app) => void app.get('/page', (_req, res) => void res.send(page(''))) },
    visit: loggedIn('/page'),
    says: /the page never read hubspot\.snippet/
  },
  {
    what: 'a snippet that is not on a static page',
    app: { routes: (app) => void app.get('/page', (_req, res) => void res.type('html').end(page(''))) },
    visit: loggedIn('/page'),
    says: /sent as a file, a stream or with res\.end never read hubspot\.snippet/
  },
  {
    what: 'a snippet that is printed escaped',
    app: { routes: pageRoute((snippet) => page(escapeHtml(snippet))) },
    visit: loggedIn('/page'),
    says: /The snippet was printed escaped/
  },
  {
    what: 'settings that are printed escaped',
    app: { routes: pageRoute((_snippet, json) => page(`<script>chat = ${escapeHtml(json)}</script>`)) },
    visit: loggedIn('/page'),
    says: /The snippet was printed escaped/
  },
  {
    what: 'a loader that is printed escaped to guests',
    app: { options: { portalId: 12345 }, routes: pageRoute((snippet) => page(escapeHtml(snippet))) },
    visit: asGuest('/page'),
    says: /The snippet was printed escaped/
  },
  {
    what: 'a snippet that is printed twice',
    app: { routes: pageRoute((snippet) => page(snippet, snippet)) },
    visit: loggedIn('/page'),
    says: /printed more than once in a page/
  },
  {
    what: 'autoInsert on a page without closing tags',
    app: {
      options: { autoInsert: true },
      routes: (app) => void app.get('/page', (_req, res) => void res.send('<!doctype html><title>Shop</title><p>Hello'))
    },
    visit: loggedIn('/page'),
    says: /autoInsert left a page alone, because it found neither/
  },
  {
    what: 'autoInsert on a page that is no text',
    app: {
      options: { autoInsert: true },
      routes: (app) =>
        void app.get('/page', (_req, res) => {
          res.type('html').end(page(''))
        })
    },
    visit: loggedIn('/page'),
    says: /autoInsert left a page alone, because it was sent as a file, a stream/
  },
  {
    what: 'a nonce that is none',
    app: { options: { nonce: () => 'a b' } },
    visit: loggedIn('/page'),
    says: /ERR_VISITOR_INVALID.*CSP nonce is malformed/
  }
]

/** All mistakes that Express itself does not report. */
export const MISTAKES: readonly Mistake[] = [...HUBSPOT, ...USERS, ...MOUNTING, ...PAGES]
export { loggedIn }
