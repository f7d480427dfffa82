// Parses the options once, at the call: every default, every check, and the messages for what is wrong.
import type { Agent } from 'node:http'
import type { Request } from 'express'
import { closestMatch } from 'leven'
import { z } from 'zod'
import { resolveAccount } from './account.js'
import { writeToDebugLog } from './diagnostics.js'
import { HubSpotIdentificationError } from './errors.js'
import type { RateLimiter } from './mint/budget.js'
import type { FetchLike } from './mint/hubspot-client.js'
import type { SharedTokenStore } from './mint/shared-store.js'
import type { HubSpotIdentificationOptions } from './options.js'
import { visitorFromUser } from './visitor.js'

/** The options with every default filled in, frozen; nothing else of the library sees the raw options. */
export type Settings = Readonly<ReturnType<typeof resolveOptions>>

/** Names that `req.session` needs itself. */
const SESSION_NAMES = [
  'cookie',
  'id',
  'req',
  'passport',
  'save',
  'reload',
  'touch',
  'destroy',
  'regenerate',
  'resetMaxAge'
]
/** Names that Express and view engines read from `res.locals`. */
const LOCALS_NAMES = ['settings', '_locals', 'cache', 'filename', 'layout', 'partials', 'helpers', 'cspNonce']

const IDENTITY_KEYS = ['identificationEmail', 'identificationToken']

/** What to write instead, by option; the messages are made of it. */
const EXPECTED: Record<string, string> = {
  accessToken: 'a non-empty string of visible ASCII characters, or a function that returns one',
  account: 'a non-empty string',
  visitor: 'a function (req) => ({ email }) or null',
  skip: 'a function (req) => boolean',
  maxWaitMs: 'a whole number of milliseconds, 0 or more',
  timeoutMs: 'a whole number of milliseconds, 1 or more',
  retries: 'a whole number, 0 to 10',
  renewBeforeMs: 'a whole number of milliseconds, 0 or more',
  tokenLifetimeMs: 'a whole number of milliseconds, 1 or more',
  cache: '{ maxEntries, store }',
  'cache.maxEntries': 'a whole number, 1 or more',
  'cache.store': 'a Keyv-shaped store with the functions get, set and delete',
  rateLimiter: 'a rate-limiter-flexible limiter, with the function consume',
  apiVersion: "a single path segment such as '2026-09'",
  baseUrl: 'an https URL without credentials, query or hash (http only for localhost, 127.0.0.0/8 and [::1])',
  fetch: 'a fetch function',
  agent: 'an Agent of node:http or node:https',
  portalId: 'digits, such as 12345 or "12345"',
  region: "a region such as 'na1' or 'eu1'",
  settings: 'a plain object of hsConversationsSettings with JSON values and no null',
  nonce: 'a function (req, res) => string or undefined',
  autoInsert: 'true or false',
  sessionKey: 'a non-empty string that req.session does not need itself',
  localsKey: 'a non-empty string that res.locals does not need itself',
  forgetOnLogout: 'true or false',
  onError: 'a function (error, req) => void'
}

const fn = <T>() => z.custom<T>((value) => typeof value === 'function')
const having = <T>(...methods: string[]) =>
  z.custom<T>((value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'))
const milliseconds = (least: number) => z.int().min(least)
const ownName = (taken: string[]) =>
  z
    .string()
    .min(1)
    .refine((name) => !taken.includes(name) && !(name in Object.prototype))

const schema = z.strictObject({
  accessToken: z.union([
    z
      .string()
      .trim()
      .regex(/^[\x21-\x7e]+$/),
    fn<() => string | Promise<string>>()
  ]),
  account: z.string().min(1).optional(),
  visitor: fn<NonNullable<HubSpotIdentificationOptions['visitor']>>().optional(),
  skip: fn<NonNullable<HubSpotIdentificationOptions['skip']>>().optional(),
  maxWaitMs: milliseconds(0).default(1000),
  timeoutMs: milliseconds(1).default(5000),
  retries: z.int().min(0).max(10).default(2),
  renewBeforeMs: milliseconds(0).default(60 * 60 * 1000),
  tokenLifetimeMs: milliseconds(1).default(12 * 60 * 60 * 1000),
  cache: z
    .strictObject({
      maxEntries: z.int().min(1).default(10_000),
      store: having<SharedTokenStore>('get', 'set', 'delete').optional()
    })
    .prefault({}),
  rateLimiter: having<RateLimiter>('consume').optional(),
  apiVersion: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .default('2026-09'),
  baseUrl: z.string().transform(parseBaseUrl).prefault('https://api.hubapi.com'),
  fetch: fn<FetchLike>().optional(),
  agent: z
    .custom<Agent>((value) => isObject(value) && ('createConnection' in value || 'addRequest' in value))
    .optional(),
  portalId: z
    .union([z.string().trim(), z.int().positive().transform(String)])
    .pipe(z.string().regex(/^\d{1,20}$/))
    .optional(),
  region: z
    .string()
    .regex(/^[a-z]{2,4}\d{1,2}$/)
    .default('na1'),
  settings: z.custom<Record<string, unknown>>(isPlainObject).transform(parseChatSettings).prefault({}),
  nonce: fn<NonNullable<HubSpotIdentificationOptions['nonce']>>().optional(),
  autoInsert: z.boolean().default(false),
  sessionKey: ownName(SESSION_NAMES).default('hubspot'),
  localsKey: ownName(LOCALS_NAMES).default('hubspot'),
  forgetOnLogout: z.boolean().default(true),
  onError: fn<NonNullable<HubSpotIdentificationOptions['onError']>>().default(() => writeToDebugLog)
})

/**
 * Checks the options and fills in the defaults. An explicit `undefined` is an omitted option.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID`, naming the key (never its value) and what to write instead.
 */
export function resolveOptions(options: HubSpotIdentificationOptions) {
  const given: unknown = options
  if (isObject(given) && typeof given['method'] === 'string' && 'url' in given) {
    throw invalid(
      'hubspotIdentification was given a request.',
      'Call it once: app.use(hubspotIdentification({ accessToken })).'
    )
  }
  if (!isObject(given)) {
    throw invalid(
      `The options must be an object, got ${kindOf(given)}.`,
      'Write hubspotIdentification({ accessToken }).'
    )
  }
  if (given['accessToken'] === undefined || given['accessToken'] === '') throw missingAccessToken(given['accessToken'])
  const parsed = schema.safeParse(given)
  if (!parsed.success) throw invalidOptions(given, parsed.error.issues)
  const settings = parsed.data
  if (typeof settings.accessToken === 'function' && !settings.account && !settings.portalId) {
    throw invalid(
      'Option "accessToken" is a function, so the account it belongs to is unknown.',
      'Set "portalId", or "account" to any text that names the HubSpot account.'
    )
  }
  const visitor: (req: Request) => unknown = settings.visitor ?? visitorFromUser
  return Object.freeze({ ...settings, visitor, account: resolveAccount(settings) })
}

/** https, or http on this machine; judged on the parsed URL, so that no spelling gets around it. */
function parseBaseUrl(text: string, context: z.RefinementCtx): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const bare =
    url && !url.username && !url.password && !url.search && !url.hash && !text.includes('?') && !text.includes('#')
  const safe = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))
  if (url && bare && safe) return url
  context.addIssue({ code: 'custom' })
  return z.NEVER
}

/** The URL parser has already brought every spelling of an address (`127.1`, `0x7f.1`) to this one form. */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

/** A frozen copy, so that what a page prints is what was checked. */
function parseChatSettings(
  given: Record<string, unknown>,
  context: z.RefinementCtx
): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const json = z.json().safeParse(value)
    if (IDENTITY_KEYS.includes(key) || key === '__proto__' || value === null || !json.success) {
      context.addIssue({ code: 'custom', path: [key] })
      return z.NEVER
    }
    kept[key] = deepFreeze(JSON.parse(JSON.stringify(value)))
  }
  return Object.freeze(kept)
}

function deepFreeze<T>(value: T): T {
  if (isObject(value)) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}

function missingAccessToken(given: unknown): HubSpotIdentificationError {
  return invalid(
    `Option "accessToken" is ${given === '' ? 'an empty string' : 'missing'}.`,
    'If it comes from an environment variable such as HUBSPOT_ACCESS_TOKEN, that variable is not set in this process.'
  )
}

function invalidOptions(
  given: Record<string, unknown>,
  issues: readonly z.core.$ZodIssue[]
): HubSpotIdentificationError {
  const described = issues.map((issue) => describeIssue(given, issue))
  return invalid(described.map(({ what }) => what).join(' '), described.map(({ hint }) => hint).join(' '))
}

function describeIssue(given: Record<string, unknown>, issue: z.core.$ZodIssue): { what: string; hint: string } {
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(EXPECTED)
      .filter(
        (key) =>
          key.startsWith(issue.path.length ? `${issue.path.join('.')}.` : '') &&
          key.includes('.') === issue.path.length > 0
      )
      .map((key) => key.split('.').at(-1) ?? key)
    const hints = issue.keys.map((key) => suggest(key, known))
    const named = issue.keys.map((key) => JSON.stringify([...issue.path, key].join('.'))).join(', ')
    return { what: `Unknown option ${named}.`, hint: hints.join(' ') }
  }
  const key = issue.path.join('.')
  const option = EXPECTED[key] ? key : String(issue.path[0])
  if (option === 'settings' && IDENTITY_KEYS.includes(String(issue.path[1]))) {
    return { what: `Option "${key}" is refused.`, hint: 'The library prints the identity itself: leave the key out.' }
  }
  const value = issue.path.reduce<unknown>((at, step) => (isObject(at) ? at[String(step)] : undefined), given)
  return { what: `Option "${key}" is not valid: got ${kindOf(value)}.`, hint: `"${option}" takes ${EXPECTED[option]}.` }
}

function suggest(key: string, known: string[]): string {
  const sameLetters = known.find((name) => name.toLowerCase() === key.toLowerCase())
  const nearest = sameLetters ?? closestMatch(key, known, { maxDistance: Math.max(2, Math.floor(key.length / 3)) })
  return nearest ? `Did you mean "${nearest}"?` : `The options are ${known.join(', ')}.`
}

/** Says what was given without showing it: an option can hold a secret. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value === '') return 'an empty string'
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number out of range' : 'a number that is not whole'
  if (Array.isArray(value)) return 'an array'
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}

function invalid(message: string, hint: string): HubSpotIdentificationError {
  return new HubSpotIdentificationError({ code: 'ERR_OPTIONS_INVALID', message: `${message} ${hint}`, hint })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isPlainObject(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}
