// Compiled, never run: which options are accepted and which are refused, and that type and schema name the same options.
import type { Request } from 'express'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'
import type { Settings } from '../../lib/options/resolve-options.js'

/** Fails to compile unless both are the same type; a plain `extends` lets an optional or missing key through. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function holds<_Claim extends true>(): void {}

// `Settings` is what the schema gives: an option that is missing in the schema, or in the public type, is an error here.
holds<Same<keyof Settings, keyof HubSpotIdentificationOptions>>()
holds<Same<keyof Settings['cache'], keyof Exclude<HubSpotIdentificationOptions['cache'], undefined>>>()

// With every default filled in, these options are never undefined inside the library.
type Optional<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T]
holds<
  Same<Optional<Settings>, 'visitor' | 'visitorKey' | 'skip' | 'rateLimiter' | 'fetch' | 'agent' | 'portalId' | 'nonce'>
>()

// An environment variable goes straight in; whether it is set is told at the call.
hubspotIdentification({ accessToken: process.env['HUBSPOT_ACCESS_TOKEN'] })
hubspotIdentification({ accessToken: () => 'token', account: 'one' })
hubspotIdentification({ accessToken: async () => 'token', portalId: 12345 })

// An explicit undefined is an omitted option, with exact optional types too.
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

// Versions and regions that are not known yet, and the platform's own fetch.
hubspotIdentification({ accessToken: 'token', apiVersion: '2027-03', region: 'ap2' })
hubspotIdentification({ accessToken: 'token', cache: { store: new Map<string, unknown>() } })

// A visitor may come later, and may be nobody.
hubspotIdentification({ accessToken: 'token', visitor: async (req) => (req.path === '/' ? null : { email: 'a@b.co' }) })
hubspotIdentification({ accessToken: 'token', visitor: () => ({ email: 'a@b.co', firstName: undefined }) })

// Refused: nothing at all, a misspelt key, and wrong types.
// @ts-expect-error: the access token is required
hubspotIdentification({})
// @ts-expect-error: options are required
hubspotIdentification()
// @ts-expect-error: misspelt
hubspotIdentification({ accessToken: 'token', portalID: 12345 })
// @ts-expect-error: misspelt inside
hubspotIdentification({ accessToken: 'token', cache: { max: 10 } })
// @ts-expect-error: not a string
hubspotIdentification({ accessToken: 12345 })
// @ts-expect-error: milliseconds are numbers
hubspotIdentification({ accessToken: 'token', maxWaitMs: '1s' })
// @ts-expect-error: a visitor has an address
hubspotIdentification({ accessToken: 'token', visitor: () => ({ firstName: 'Ada' }) })
// @ts-expect-error: an address is text
hubspotIdentification({ accessToken: 'token', visitor: () => ({ email: 7 }) })
// @ts-expect-error: a store has delete
hubspotIdentification({ accessToken: 'token', cache: { store: { get: () => 1, set: () => 1 } } })

// Identity keys belong to one visitor, and are printed by the library alone.
// @ts-expect-error: the address
hubspotIdentification({ accessToken: 'token', settings: { identificationEmail: 'a@b.co' } })
// @ts-expect-error: the token
hubspotIdentification({ accessToken: 'token', settings: { identificationToken: 'token' } })
// @ts-expect-error: a documented key has its documented type
hubspotIdentification({ accessToken: 'token', settings: { loadImmediately: 'yes' } })
hubspotIdentification({ accessToken: 'token', settings: { avoidInlineStyles: true, somethingNew: { nested: 1 } } })

// A request is not an options object.
// @ts-expect-error: app.use(hubspotIdentification) instead of app.use(hubspotIdentification({ accessToken }))
hubspotIdentification({} as Request)
