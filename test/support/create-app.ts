// Creates an app with the library: Express 5 or 4, session, Passport, the middleware and a simulated HubSpot. Closed after each test.
import { createRequire } from 'node:module'
import { afterEach } from '@jest/globals'
import express5, { type Express, type Request, type RequestHandler, type Response } from 'express'
import session from 'express-session'
import passportModule from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import supertest from 'supertest'
import {
  type HubSpotIdentification,
  type HubSpotIdentificationError,
  type HubSpotIdentificationOptions,
  hubspotIdentification
} from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

/** Both majors that the package supports, for `describe.each`. */
export const EXPRESS_MAJORS: { major: string; express: typeof express5 }[] = [
  { major: 'Express 5', express: express5 },
  { major: 'Express 4', express: createRequire(import.meta.url)('express4') as typeof express5 }
]

/** The users who can log in; one has an address with special characters. */
export const USERS: Record<string, object> = {
  ann: { email: 'ann@example.com', firstName: 'Ann', lastName: 'Lee' },
  bob: { email: 'bob@example.com' },
  obrien: { email: "o'brien+x&co@example.com", firstName: '</script><img src=x onerror=alert(1)>' },
  eve: { email: 'ann@example.com', emailVerified: false }
}

/** The parts of an app; all are optional. */
export type AppParts = {
  express?: typeof express5
  options?: Partial<HubSpotIdentificationOptions>
  users?: Record<string, unknown>
  /** `false`: no session and no Passport. */
  session?: false | Partial<session.SessionOptions>
  /** Runs first, for settings and for handlers before the session. */
  configure?: (app: Express) => void
  /** Runs just before the library's middleware. */
  before?: (app: Express) => void
  /** Whether the middleware runs on every page. */
  mounted?: boolean
  /** `authenticate` is Passport's login handler. */
  routes?: (app: Express, identification: HubSpotIdentification, authenticate: RequestHandler) => void
}

/** A running app. */
export type TestApp = {
  app: Express
  hubspot: HubSpotSimulator
  identification: HubSpotIdentification
  /** The errors that `onError` got, in order. */
  errors: HubSpotIdentificationError[]
  /** A browser that keeps its cookies. */
  browser(): ReturnType<typeof supertest.agent>
  /** A browser in which this user is logged in. */
  loggedIn(user: string): Promise<ReturnType<typeof supertest.agent>>
}

const closing: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Starts a simulator that is closed after the test. */
export async function startHubSpot(): Promise<HubSpotSimulator> {
  const hubspot = await startHubSpotSimulator()
  closing.push(() => hubspot.close())
  return hubspot
}

/**
 * Creates an app with the routes `POST /login?user=ann`, `POST /logout` (redirects to `/`), `GET /view` (what a view reads) and
 * `GET /nothing` (nothing is read), and those of `parts.routes` before them.
 */
export async function createApp(parts: AppParts = {}): Promise<TestApp> {
  const { express = express5, options, users = USERS, mounted = true } = parts
  const hubspot = await startHubSpot()
  const errors: HubSpotIdentificationError[] = []
  const identification = hubspotIdentification({
    accessToken: 'pat-na1-secret',
    baseUrl: hubspot.url,
    retries: 0,
    onError: (error) => errors.push(error),
    ...options
  })
  const passport = createPassport(users)
  const authenticate = passport.authenticate('local') as RequestHandler
  const app = express()
  parts.configure?.(app)
  if (parts.session !== false) {
    app.use(session({ secret: 'of a test', resave: false, saveUninitialized: false, ...parts.session }))
    app.use(passport.initialize())
    app.use(passport.session())
  }
  parts.before?.(app)
  if (mounted) app.use(identification)
  parts.routes?.(app, identification, authenticate)
  app.post('/login', authenticate, (_req, res) => {
    res.json({})
  })
  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect('/')))
  })
  app.get('/view', (_req, res) => {
    res.json(readView(res))
  })
  app.get('/nothing', (_req, res) => {
    res.json({})
  })
  const browser = () => supertest.agent(app)
  return {
    app,
    hubspot,
    identification,
    errors,
    browser,
    loggedIn: async (user) => {
      const agent = browser()
      await agent.post(`/login?user=${user}`).expect(200)
      return agent
    }
  }
}

/** All properties of `res.locals.hubspot`, as JSON values. */
export function readView(res: Response, localsKey = 'hubspot') {
  const view = res.locals[localsKey] as Response['locals']['hubspot']
  const { identified, reason, expiresAt, email, token, settings, json, snippet } = view
  return { identified, reason, expiresAt, email, token, settings, json, snippet }
}

/** Puts a user on the request, as authentication middleware does. */
export function asUser(user: unknown): RequestHandler {
  return (req: Request, _res, next) => {
    Object.assign(req, { user })
    next()
  }
}

/** The Set-Cookie lines of a response. */
export function setCookies(response: { headers: Record<string, unknown> }): string[] {
  return [response.headers['set-cookie'] ?? []].flat().map(String)
}

function createPassport(users: Record<string, unknown>) {
  const passport = new passportModule.Passport()
  const find = (id: string) => (users[id] ? ({ ...users[id], id } as unknown as Express.User) : false)
  passport.use(
    new LocalStrategy({ usernameField: 'user', passwordField: 'user' }, (name, _password, done) =>
      done(null, find(name))
    )
  )
  passport.serializeUser((user, done) => done(null, (user as unknown as { id: string }).id))
  passport.deserializeUser((id: string, done) => done(null, find(id)))
  return passport
}
