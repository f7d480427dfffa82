// A TypeScript app that uses every public name as documented, with the strictest compiler options.
import express from 'express'
import {
  cspDirectives,
  type HubSpotIdentification,
  HubSpotIdentificationError,
  type HubSpotIdentificationOptions,
  hubspotIdentification,
  type Identification,
  type SharedTokenStore,
  type Visitor
} from 'express-hubspot-identification'
import { type HubSpotSimulator, startHubSpotSimulator } from 'express-hubspot-identification/testing'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    account?: { mail: string }
  }
}

declare const environment: Record<string, string | undefined>

const entries = new Map<string, unknown>()
const store: SharedTokenStore = {
  get: async (key: string) => entries.get(key),
  set: async (key: string, value: unknown) => entries.set(key, value),
  delete: async (key: string) => entries.delete(key)
}

const options: HubSpotIdentificationOptions = {
  accessToken: environment['HUBSPOT_ACCESS_TOKEN'],
  portalId: environment['HUBSPOT_PORTAL_ID'],
  region: undefined,
  cache: { store },
  settings: { avoidInlineStyles: true },
  visitor: (req): Visitor | null => (req.session.account ? { email: req.session.account.mail } : null),
  nonce: (_req, res) => String(res.locals['nonce']),
  onError: (error, req) => {
    const shown: [string, string, string | undefined] = [error.code, error.hint, req?.path]
    void shown
  }
}

const identification: HubSpotIdentification = hubspotIdentification(options)
const app = express()
app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
app.use(identification)
app.get('/', (req, res) => {
  const kept: { email: string; token: string; expiresAt: number; account: string } | undefined = req.session.hubspot
  const snippet: string = res.locals.hubspot.snippet
  const email: string | undefined = res.locals.hubspot.email
  res.send([snippet, email, kept?.token].join(' '))
})
app.post('/login', identification, (_req, res) => {
  res.json(res.locals.hubspot.settings)
})
app.get('/hubspot/token', identification.tokenEndpoint())
app.get('/hubspot/chat.js', identification.browserScript())

export async function identify(): Promise<Identification | undefined> {
  try {
    return await identification.identify({ email: 'ada@example.com' })
  } catch (error) {
    if (error instanceof HubSpotIdentificationError && error.code === 'ERR_FORBIDDEN') return undefined
    throw error
  }
}

export async function simulate(): Promise<HubSpotSimulator> {
  const simulator = await startHubSpotSimulator({ accessToken: 'pat-na1-consumer' })
  simulator.respondWith({ status: 500, times: 2 })
  return simulator
}

export const directives: Record<string, readonly string[]> = cspDirectives({ region: 'eu1' })

// @ts-expect-error: a misspelt option
hubspotIdentification({ accessToken: 'x', portalID: '1' })
// @ts-expect-error: an identity key is not a setting
hubspotIdentification({ accessToken: 'x', settings: { identificationToken: 'x' } })
