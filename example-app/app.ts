// The whole app, in the order of the README's quick start; the other files contain its parts.
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

/** The parts of an app. */
export type AppParts = {
  chat: Chat
  users: Users
  /** Shown on the login pages, with their passwords. */
  demoUsers: readonly NewUser[]
  sessionSecret: string
  isProduction: boolean
  /** The state in Redis; without it sessions and tokens are kept in the memory of this process. */
  shared?: Pick<SharedState, 'sessions' | 'tokens' | 'mintBudget'> | undefined
}

/** Creates the app; the caller starts the server. */
export function createApp({ chat, users, demoUsers, sessionSecret, isProduction, shared }: AppParts): Express {
  const app = express()
  const passport = createPassport(users)
  app.disable('x-powered-by')
  app.set('view engine', 'ejs')
  app.set('views', `${import.meta.dirname}/views`)
  // In production the app runs behind one proxy that ends TLS; with this it sets secure cookies and sees the client's address.
  if (isProduction) app.set('trust proxy', 1)
  app.locals['chat'] = chat
  app.locals['demoUsers'] = demoUsers
  app.locals['breakable'] = breakable
  // Outside production the layout prints the reason why nobody is identified, for "doctor --page".
  app.locals['tellsReason'] = !isProduction

  app.use(createNonce)
  app.use(securityHeaders({ chat, isProduction }))
  app.use(express.static(`${import.meta.dirname}/public`))

  const { accessToken, baseUrl, portalId, region } = chat
  const further = {
    baseUrl,
    portalId,
    region,
    // The content security policy allows no style elements; with this setting HubSpot loads a stylesheet instead.
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
  // After a logout in another tab the user gets the normal answer, and not the error about an outdated form.
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

  // A second instance in the same request needs another `localsKey`.
  const autoInsert = hubspotIdentification({ accessToken, ...further, autoInsert: true, localsKey: 'inserted' })
  app.use(createPages({ chat, isProduction, autoInsert }))
  app.use(notFound)
  app.use(handleError)
  return app
}
