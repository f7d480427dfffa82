// A real site for the session tests: express-session, Passport and the middleware, with routes that log out, switch and write.
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type RequestHandler, type Response } from 'express'
import session, { type SessionOptions, type Store } from 'express-session'
import { Passport } from 'passport'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'
import { Browser } from './browser.js'

/** A user of the app; the address is made from the id. */
export type SiteUser = { id: string; email: string }

export type SiteOptions = {
  readonly store: Store
  /** URL of the simulator. */
  readonly baseUrl: string
  readonly express?: typeof express
  readonly session?: Partial<SessionOptions>
  readonly options?: Partial<HubSpotIdentificationOptions>
  /** A middleware to compare with, used instead of the library's. */
  readonly identify?: RequestHandler
  /** Further routes, before the middleware; they may run it themselves. */
  readonly routes?: (app: express.Express, identification: RequestHandler) => void
}

/** Functions that the site calls, by which a test delays or observes a request. */
export type SiteHooks = {
  duringMint: () => Promise<unknown> | undefined
  whileRendering: (req: Request, res: Response) => Promise<unknown> | undefined
  /** Called at the moment a route changes the session. */
  changing: () => void
}

export type Site = {
  readonly url: string
  readonly hooks: SiteHooks
  /** The number of requests whose responses are not closed. */
  open(): number
  browser(): Browser
  close(): Promise<void>
}

export const userOf = (id: string): SiteUser => ({ id, email: `${id}@example.com` })

/** The session as the routes use it. */
type OpenSession = Record<string, unknown> & { passport?: { user?: string }; count?: number }
const sessionOf = (req: Request) => req.session as unknown as OpenSession

/** Starts a site on a free port. */
export async function startSite(settings: SiteOptions): Promise<Site> {
  const hooks: SiteHooks = { duringMint: () => undefined, whileRendering: () => undefined, changing: () => undefined }
  const app = (settings.express ?? express)()
  const passport = new Passport()
  passport.serializeUser((user, done) => done(null, (user as unknown as SiteUser).id))
  passport.deserializeUser((id: string, done) => done(null, userOf(id) as never))
  const identification =
    settings.identify ??
    hubspotIdentification({
      accessToken: async () => {
        await hooks.duringMint()
        return 'pat-test'
      },
      account: 'test',
      baseUrl: settings.baseUrl,
      // No rate limit: these tests are about sessions.
      rateLimiter: { consume: async () => undefined },
      ...settings.options
    })
  let open = 0
  const login = (req: Request, done: (error?: unknown) => void) => {
    hooks.changing()
    req.login(
      userOf(String(req.params['user'])) as never,
      { session: true, keepSessionInfo: 'keep' in req.query } as never,
      done
    )
  }
  const show: RequestHandler = async (req, res) => {
    await hooks.whileRendering(req, res)
    const { email = null, token = null } = res.locals.hubspot
    if (!res.writableEnded)
      res.json({ user: (req.user as unknown as SiteUser | undefined)?.email ?? null, email, token })
  }

  app.use((_req, res, next) => {
    open += 1
    res.once('close', () => {
      open -= 1
    })
    next()
  })
  app.use(
    session({ secret: 'secret', resave: false, saveUninitialized: false, store: settings.store, ...settings.session })
  )
  app.use(passport.session())
  app.post('/login/:user', (req, res, next) => login(req, (error) => (error ? next(error) : res.json({}))))
  app.post('/login-and-show/:user', (req, _res, next) => login(req, next), identification, show)
  app.post('/logout', (req, res, next) => {
    hooks.changing()
    req.logout({ keepSessionInfo: 'keep' in req.query }, (error) => (error ? next(error) : res.json({})))
  })
  app.post('/destroy', (req, res, next) => {
    hooks.changing()
    req.session.destroy((error) => (error ? next(error) : res.json({})))
  })
  app.post('/switch-in-place/:user', (req, res) => {
    hooks.changing()
    Object.assign(sessionOf(req), { passport: { user: req.params['user'] }, hubspot: undefined })
    res.json({})
  })
  app.post('/write/:key', (req, res) => {
    hooks.changing()
    sessionOf(req)[String(req.params['key'])] = 'written'
    res.json({})
  })
  settings.routes?.(app, identification)
  app.use(identification)
  app.get('/page', show)
  app.get(
    '/counted',
    (req, _res, next) => {
      sessionOf(req).count = (sessionOf(req).count ?? 0) + 1
      next()
    },
    show
  )
  app.use(((_error, _req, res, _next) => res.status(500).json({})) as express.ErrorRequestHandler)

  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    hooks,
    open: () => open,
    browser: () => new Browser(url),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
