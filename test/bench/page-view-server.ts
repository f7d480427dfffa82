// The app of part 1, in a separate process: express-session, Passport and an EJS view, with the library, without it, or the plain way.
import { createHmac } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { bareIdentity, plainIdentity } from './page-view-others.js'
import { answerParent, settingsFromParent } from './support/child.js'
import { loadLibrary } from './support/library.js'
import { addNumberedUsers } from './support/numbered-users.js'

/** How the identity is put on the page. */
export type PageVariant = 'library' | 'bare' | 'plain'

/** The settings of a server. */
export type PageServerSettings = {
  /** One, or several in one process: then the header `X-Side` of a request names one, by default the first. */
  variants: PageVariant[]
  library: string
  issuedAtSeconds: number
  snippets?: Snippets
}

/** The text that the bare app prints: that of the library. */
export type Snippets = { identified: string; anonymous: string }

/** The settings of the chat, the same for all. */
export const PORTAL_ID = '12345'
const ACCESS_TOKEN = 'pat-na1-bench'

const settings = settingsFromParent<PageServerSettings>()
const orders = Array.from({ length: 20 }, (_, at) => ({
  id: 1000 + at,
  article: `Article <${at}> & more`,
  price: `${(at * 1.25).toFixed(2)} EUR`
}))

/** A token for each user with the form and size of HubSpot's: a JWT that is valid for 12 h. */
function tokenFor(email: string): string {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const iat = settings.issuedAtSeconds
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ email, portalId: PORTAL_ID, iat, exp: iat + 43_200, jti: '0b9cb8d2-7a6c-4e55-9d7c-7d2c6f4ad3cb' })}`
  return `${body}.${createHmac('sha256', 'bench').update(body).digest('base64url')}`
}

async function identityOf(variant: PageVariant): Promise<RequestHandler> {
  if (variant === 'plain') return plainIdentity(PORTAL_ID)
  if (variant === 'bare') return bareIdentity(settings.snippets)
  const { hubspotIdentification } = await loadLibrary(settings.library)
  return hubspotIdentification({
    accessToken: ACCESS_TOKEN,
    portalId: PORTAL_ID,
    rateLimiter: { consume: async () => undefined },
    // Mints are not measured in this part.
    fetch: async (_url, { body }) => new Response(JSON.stringify({ token: tokenFor(JSON.parse(body).email) }))
  })
}

/** A handler that passes each request on to that of its side. */
function bySide(handlers: ReadonlyMap<PageVariant, RequestHandler>): RequestHandler {
  const [first] = handlers.values() as Iterable<RequestHandler>
  if (!first) throw new Error('no variant was named')
  if (handlers.size === 1) return first
  return (req, res, next) => (handlers.get(sideOf(req)) ?? first)(req, res, next)
}

function sideOf(req: Pick<IncomingMessage, 'headers'>): PageVariant {
  return (req.headers['x-side'] ?? settings.variants[0]) as PageVariant
}

const sessions = new Map<PageVariant, RequestHandler>()
const identities = new Map<PageVariant, RequestHandler>()
for (const variant of settings.variants) {
  // Each side has a store of its own, because the library watches the store.
  sessions.set(variant, session({ secret: 'bench', resave: false, saveUninitialized: false }))
  identities.set(variant, await identityOf(variant))
}

const app = express()
app.set('trust proxy', 1)
app.enable('view cache')
app.set('view engine', 'ejs')
app.set('views', `${import.meta.dirname}/views`)
app.use(bySide(sessions))
addNumberedUsers(app, (req, email) => {
  // Without the library, the session has the entry that the library would have set.
  const expiresAt = Date.now() + 12 * 60 * 60 * 1000
  const entry = { email, token: tokenFor(email), expiresAt, account: 'x'.repeat(43) }
  if (sideOf(req as IncomingMessage & Express.Request) !== 'library') req.session.hubspot = entry
})
app.use(bySide(identities))
app.get('/', (req, res) => {
  res.render('page', { title: 'Your orders', user: req.user, orders })
})

const server = app.listen(0, '127.0.0.1', () => {
  server.keepAliveTimeout = 10 * 60 * 1000
  const outcomes: Record<string, number> = {}
  const count = (event: unknown) => {
    const { outcome } = event as { outcome: string }
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  }
  answerParent({
    port: () => (server.address() as AddressInfo).port,
    cpuMs: () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1000
    },
    watchOutcomes: () => subscribe('hubspot-identification:request', count),
    outcomes: () => {
      unsubscribe('hubspot-identification:request', count)
      return outcomes
    }
  })
})
