// The whole app, wired as in the README's quick start; what it is made of comes from the files beside it.
import express, { type Express } from 'express'
import { hubspotIdentification } from 'express-hubspot-identification'
import session from 'express-session'
import { breakable } from './breakable.js'
import type { Chat } from './chat.js'
import { csrfProtection, csrfToken } from './csrf.js'
import { handleError, notFound, postOnly } from './errors.js'
import { checkLoginForm, createLoginLimit } from './login.js'
import { answerLogout } from './logout.js'
import { createPages } from './pages.js'
import { createPassport } from './passport.js'
import type { SharedState } from './redis.js'
import { createNonce, securityHeaders } from './security.js'
import type { NewUser, Users } from './users.js'

/** What an app is made of. */
export type AppParts = {
  chat: Chat
  users: Users
  /** Shown on the login pages, passwords and all. */
  demoUsers: readonly NewUser[]
  sessionSecret: string
  isProduction: boolean
  /** Redis, when there is one; else sessions and tokens live in this process. */
  shared?: Pick<SharedState, 'sessions' | 'tokens' | 'mintBudget'> | undefined
}

/** Builds the app; the caller lets it listen. */
export function createApp({ chat, users, demoUsers, sessionSecret, isProduction, shared }: AppParts): Express {
  const app = express()
  const passport = createPassport(users)
  app.disable('x-powered-by')
  app.set('view engine', 'ejs')
  app.set('views', `${import.meta.dirname}/views`)
  // In production the app stands behind one proxy that ends TLS: this lets it set secure cookies and see each client's own address.
  if (isProduction) app.set('trust proxy', 1)
  app.locals['chat'] = chat
  app.locals['demoUsers'] = demoUsers
  app.locals['breakable'] = breakable
  // The layout prints why nobody is identified, which "doctor --page" reads.
  app.locals['tellsReason'] = !isProduction

  app.use(createNonce)
  app.use(securityHeaders({ chat, isProduction }))
  app.use(express.static(`${import.meta.dirname}/public`))

  const { accessToken, baseUrl, portalId, region } = chat
  const further = {
    baseUrl,
    portalId,
    region,
    // The strict policy allows no style elements; HubSpot links a stylesheet then.
    settings: { avoidInlineStyles: true },
    cache: shared && { store: shared.tokens },
    rateLimiter: shared?.mintBudget,
    onError: (error: Error & { code: string }) => console.error(`${error.code}: ${error.message}`)
  }
  const identification = hubspotIdentification({ accessToken, ...further })

  app.use(
    session({
      name: 'shop.sid',
      secret: sessionSecret,
      resave: false,
      saveUninitialized: false,
      store: shared?.sessions,
      cookie: { httpOnly: true, sameSite: 'lax', secure: isProduction }
    })
  )
  app.use(passport.session())
  app.use(identification)

  app.get('/hubspot/token', identification.tokenEndpoint())
  app.get('/hubspot/chat.js', identification.browserScript())

  app.use(express.urlencoded({ extended: false, limit: '10kb' }), express.json({ limit: '10kb' }))
  // After a logout in another tab, the same answer again, and not the error about an outdated form.
  app.post('/logout', (req, res, next) => (req.user ? next() : answerLogout(req, res)))
  app.use(csrfProtection)

  app.post('/login', createLoginLimit(), checkLoginForm)
  app.post('/login', passport.authenticate('local'), identification, (req, res) => {
    if (!req.is('json')) return res.redirect(303, '/account')
    // The login made a new session, so the page's next form needs a new token.
    res.setHeader('X-CSRF-Token', csrfToken(req, res))
    res.json(res.locals.hubspot.settings)
  })

  app.post('/logout', (req, res, next) => {
    req.logout((error: unknown) => (error ? next(error) : answerLogout(req, res)))
  })
  app.all('/logout', postOnly)

  // A second instance in the same request needs a name of its own on res.locals.
  const autoInsert = hubspotIdentification({ accessToken, ...further, autoInsert: true, localsKey: 'inserted' })
  app.use(createPages({ chat, isProduction, autoInsert }))
  app.use(notFound)
  app.use(handleError)
  return app
}
