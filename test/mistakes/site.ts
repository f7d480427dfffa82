// An app with a login whose parts can be mounted in any order, and the console output during its use.
import { createRequire } from 'node:module'
import { afterEach, beforeEach, jest } from '@jest/globals'
import express5, { type Express, type Request, type RequestHandler, type Response } from 'express'
import session from 'express-session'
import passportModule from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import supertest from 'supertest'
import {
  type HubSpotIdentification,
  type HubSpotIdentificationOptions,
  hubspotIdentification
} from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

/** The address of the user; no output may contain it. */
export const ADDRESS = 'planted@example.com'
export const ACCESS_TOKEN = 'pat-na1-planted'
export const USER = { email: ADDRESS, firstName: 'Planted' }

export const MAJORS = [
  { major: 'Express 5', express: express5 },
  { major: 'Express 4', express: createRequire(import.meta.url)('express4') as typeof express5 }
]

type Part = 'session' | 'passport' | 'identification' | 'routes'

/** The parts of the app. */
export type SiteParts = {
  express?: typeof express5
  /** Whether the instance is created with NODE_ENV=production, in which the simulator refuses to start. */
  production?: boolean
  options?: Partial<HubSpotIdentificationOptions>
  /** The user who logs in. */
  user?: object
  /** The mounted parts, in this order. */
  order?: Part[]
  /** Runs before everything else. */
  first?: (app: Express) => void
  /** Run just before the middleware, and after it. */
  before?: RequestHandler
  after?: RequestHandler
  routes?: (app: Express, identification: HubSpotIdentification, login: RequestHandler) => void
}

/** A running app. */
export type Site = {
  app: Express
  hubspot: HubSpotSimulator
  browser: ReturnType<typeof supertest.agent>
  /** Logs the browser in. */
  login(): Promise<void>
}

let simulators: HubSpotSimulator[] = []
let said: string[] = []

/** The console output of this test, one string for each call. */
export function saidOnConsole(): string[] {
  return said
}

beforeEach(() => {
  said = []
  for (const method of ['warn', 'error', 'log', 'info'] as const)
    jest.spyOn(console, method).mockImplementation((...args) => void said.push(args.join(' ')))
})

afterEach(async () => {
  process.env['NODE_ENV'] = 'test'
  jest.restoreAllMocks()
  for (const simulator of simulators) await simulator.close()
  simulators = []
})

/** A page as the layout of an app gives it. */
export function page(head: string, body = ''): string {
  return `<!doctype html><html><head><title>Shop</title>${head}</head><body>${body}</body></html>`
}

/** Starts an app: `GET /page` prints the snippet, `GET /view` gives the view as JSON, `POST /login` logs in. */
export async function createSite(parts: SiteParts = {}): Promise<Site> {
  const { express = express5, user = USER, order = ['session', 'passport', 'identification', 'routes'] } = parts
  const hubspot = await startHubSpotSimulator()
  simulators.push(hubspot)
  process.env['NODE_ENV'] = parts.production ? 'production' : 'test'
  const identification = hubspotIdentification({
    accessToken: ACCESS_TOKEN,
    baseUrl: hubspot.url,
    retries: 0,
    ...parts.options
  })
  const passport = new passportModule.Passport()
  passport.use(
    new LocalStrategy({ usernameField: 'u', passwordField: 'u' }, (_u, _p, done) => done(null, user as Express.User))
  )
  passport.serializeUser((_user, done) => done(null, '1'))
  passport.deserializeUser((_id, done) => done(null, user as Express.User))
  const login = passport.authenticate('local') as RequestHandler
  const app = express()
  app.set('env', 'test')
  parts.first?.(app)
  const mount: Record<Part, () => void> = {
    session: () => app.use(session({ secret: 'of a test', resave: false, saveUninitialized: false })),
    passport: () => app.use(passport.initialize(), passport.session()),
    identification() {
      if (parts.before) app.use(parts.before)
      app.use(identification)
      if (parts.after) app.use(parts.after)
    },
    routes() {
      parts.routes?.(app, identification, login)
      if (order.includes('passport')) app.post('/login', login, (_req, res) => void res.json({}))
      app.get('/view', (_req, res) => void res.json(readView(res)))
      app.get('/page', (_req, res) => void res.send(page(res.locals.hubspot.snippet)))
    }
  }
  for (const part of order) mount[part]()
  const browser = supertest.agent(app)
  return {
    app,
    hubspot,
    browser,
    async login() {
      await browser.post('/login?u=1').expect(200)
    }
  }
}

/** The properties of the view, without the token. */
export function readView(res: Response, key = 'hubspot'): { identified: boolean; reason: unknown } {
  const { identified, reason, snippet } = res.locals[key] as Response['locals']['hubspot']
  return { identified, reason, ...(snippet ? { printed: true } : undefined) }
}

/** Puts something on the request, as login middleware does. */
export function put(values: object): RequestHandler {
  return (req: Request, _res, next) => {
    Object.assign(req, values)
    next()
  }
}
