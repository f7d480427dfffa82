// Compiled, never run: the types of request, response and handlers in an app, with Passport's `req.user`.
import type { RequestHandler } from 'express'
import express from 'express'
import 'express-session'
import 'passport'
import {
  type HubSpotIdentification,
  type HubSpotIdentificationError,
  type HubSpotLocals,
  hubspotIdentification,
  type Identification,
  type KeptIdentification,
  type Visitor
} from '../../lib/index.js'

declare global {
  namespace Express {
    interface User {
      workEmail: string
      givenName: string
    }
  }
}

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

// The app's user type is known in `visitor`.
const identification: HubSpotIdentification = hubspotIdentification({
  accessToken: 'token',
  visitor: ({ user }) => (user ? { email: user.workEmail, firstName: user.givenName } : null),
  skip: (req) => req.session.cookie.secure === true,
  onError(error, req) {
    holds<Same<typeof error, HubSpotIdentificationError>>()
    if (error.code === 'ERR_UNAUTHORIZED') console.warn(error.hint, req?.path)
    // @ts-expect-error: no such code
    if (error.code === 'ERR_UNKNOWN') console.warn(error)
    // @ts-expect-error: Express would use it as the page's status
    console.warn(error.status)
  }
})

hubspotIdentification({
  accessToken: 'token',
  // @ts-expect-error: this app's users have no such property
  visitor: ({ user }) => (user ? { email: user.emailAddress } : null)
})

// A handler, wherever Express takes one.
const app = express()
const handler: RequestHandler = identification
app.use(identification)
app.post('/login', handler, identification, (_req, res) => {
  res.json(res.locals.hubspot.settings)
})
app.get('/hubspot/token', identification.tokenEndpoint())
app.get('/hubspot/chat.js', identification.browserScript())
const settled: Promise<void> = identification.settled()
// @ts-expect-error: no parameters
void identification.settled(settled)

app.get('/', (req, res) => {
  holds<Same<typeof req.session.hubspot, KeptIdentification | undefined>>()
  holds<Same<typeof res.locals.hubspot, HubSpotLocals>>()
  holds<Same<typeof res.locals.hubspot.email, string | undefined>>()
  holds<Same<typeof res.locals.hubspot.snippet, string>>()
  // After a check of `identified`, address and token are strings.
  const { hubspot } = res.locals
  if (hubspot.identified) {
    holds<Same<typeof hubspot.email, string>>()
    holds<Same<typeof hubspot.token, string>>()
    holds<Same<typeof hubspot.expiresAt, number>>()
  } else holds<Same<typeof hubspot.token, undefined>>()
  // @ts-expect-error: read-only
  res.locals.hubspot.email = 'someone@example.com'
  // @ts-expect-error: no such property
  res.send(res.locals.hubspot.script)
})

// Outside of a request.
holds<Same<Awaited<ReturnType<typeof identification.identify>>, Identification>>()
const visitor: Visitor = { email: 'ada@example.com', customerAgentContext: { plan: 'pro' } }
void identification.identify(visitor)
// @ts-expect-error: null is no visitor
void identification.identify(null)

app.get('/hubspot/token', identification.tokenEndpoint({ origins: ['https://app.example.com'] }))
// @ts-expect-error: an origin is a string
identification.tokenEndpoint({ origins: [new URL('https://app.example.com')] })
const forgotten: Promise<void> = identification.forget({ email: 'ann@example.com' })
// @ts-expect-error: the address is required
void identification.forget({ firstName: 'Ann' })
void forgotten
