// Compiled, never run: valid and invalid options, and that type and schema have the same options.
import type { Request } from 'express'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'
import type { Settings } from '../../lib/options/resolve-options.js'

/** Compiles only if both are the same type; `extends` would allow an optional or missing key. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

// `Settings` is the type of the schema: an option that is missing there, or in the public type, is an error here.
holds<Same<keyof Settings, keyof HubSpotIdentificationOptions>>()
holds<Same<keyof Settings['cache'], keyof Exclude<HubSpotIdentificationOptions['cache'], undefined>>>()

// Options with a default are never undefined in `Settings`.
type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]
holds<
  Same<Optional<Settings>, 'visitor' | 'visitorKey' | 'skip' | 'rateLimiter' | 'fetch' | 'agent' | 'portalId' | 'nonce'>
>()

// An environment variable is accepted; if it is not set, the call throws.
hubspotIdentification({ accessToken: process.env['HUBSPOT_ACCESS_TOKEN'] })
hubspotIdentification({ accessToken: () => 'token', account: 'one' })
hubspotIdentification({ accessToken: async () => 'token', portalId: 12345 })

// An explicit undefined is an omitted option, also with exactOptionalPropertyTypes.
hubspotIdentification({
  accessToken: 'token',
  account: undefined,
  visitor: undefined,
  visitorKey: undefined,
  requireVerified: undefined,
  session: undefined,
  skip: undefined,
  maxWaitMs: undefined,
  timeoutMs: undefined,
  retries: undefined,
  renewBeforeMs: undefined,
  tokenLifetimeMs: undefined,
  cache: undefined,
  rateLimiter: undefined,
  apiVersion: undefined,
  baseUrl: undefined,
  fetch: undefined,
  agent: undefined,
  portalId: process.env['HUBSPOT_PORTAL_ID'],
  region: process.env['HUBSPOT_REGION'],
  settings: undefined,
  nonce: undefined,
  autoInsert: undefined,
  sessionKey: undefined,
  localsKey: undefined,
  forgetOnLogout: undefined,
  onError: undefined
})
hubspotIdentification({ accessToken: 'token', cache: { maxEntries: undefined, store: undefined } })

// Future versions and regions, and the global fetch.
hubspotIdentification({ accessToken: 'token', apiVersion: '2027-03', region: 'ap2' })
hubspotIdentification({ accessToken: 'token', cache: { store: new Map<string, unknown>() } })

// `visitor` may return a promise, and null.
hubspotIdentification({ accessToken: 'token', visitor: async (req) => (req.path === '/' ? null : { email: 'a@b.co' }) })
hubspotIdentification({ accessToken: 'token', visitor: () => ({ email: 'a@b.co', firstName: undefined }) })

// Invalid: no options, a misspelt key, and wrong types.
// @ts-expect-error: the access token is required
hubspotIdentification({})
// @ts-expect-error: options are required
hubspotIdentification()
// @ts-expect-error: misspelt
hubspotIdentification({ accessToken: 'token', portalID: 12345 })
// @ts-expect-error: misspelt nested key
hubspotIdentification({ accessToken: 'token', cache: { max: 10 } })
// @ts-expect-error: not a string
hubspotIdentification({ accessToken: 12345 })
// @ts-expect-error: milliseconds are numbers
hubspotIdentification({ accessToken: 'token', maxWaitMs: '1s' })
// @ts-expect-error: a visitor has an address
hubspotIdentification({ accessToken: 'token', visitor: () => ({ firstName: 'Ada' }) })
// @ts-expect-error: an address is a string
hubspotIdentification({ accessToken: 'token', visitor: () => ({ email: 7 }) })
// @ts-expect-error: a store needs delete
hubspotIdentification({ accessToken: 'token', cache: { store: { get: () => 1, set: () => 1 } } })

// Identity keys are set by the library only.
// @ts-expect-error: the address
hubspotIdentification({ accessToken: 'token', settings: { identificationEmail: 'a@b.co' } })
// @ts-expect-error: the token
hubspotIdentification({ accessToken: 'token', settings: { identificationToken: 'token' } })
// @ts-expect-error: wrong type of a documented key
hubspotIdentification({ accessToken: 'token', settings: { loadImmediately: 'yes' } })
hubspotIdentification({ accessToken: 'token', settings: { avoidInlineStyles: true, somethingNew: { nested: 1 } } })

// A request is not an options object.
// @ts-expect-error: app.use(hubspotIdentification) instead of app.use(hubspotIdentification({ accessToken }))
hubspotIdentification({} as Request)
