// Parses the options, once, at the call: all defaults and checks. The messages are in option-errors.ts.
import type { Agent } from 'node:http'
import * as z from 'zod/mini'
import { createConsoleOnError } from '../diagnostics.js'
import { HubSpotIdentificationError, optionsError } from '../errors.js'
import { accessTokenSchema } from '../mint/access-token-form.js'
import { parseBaseUrl } from '../mint/base-url.js'
import type { RateLimiter } from '../mint/budget.js'
import type { FetchLike } from '../mint/hubspot-client.js'
import { DEFAULT_REGION, regionSchema } from '../page/region.js'
import { resolveAccount } from '../tokens/account.js'
import type { SharedTokenStore } from '../tokens/shared-store.js'
import {
  IDENTITY_KEYS,
  invalidOptions,
  isObject,
  isOptions,
  isUnset,
  notOptions,
  unreadableOptions
} from './option-errors.js'
import type { HubSpotIdentificationOptions } from './options.js'

/** The parsed options with all defaults, frozen. The rest of the library sees only these. */
export type Settings = Readonly<ReturnType<typeof resolveOptions>>

/** Properties that `req.session` and Passport use themselves. */
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
/** Properties of `res.locals` that Express, helmet's nonce, and EJS, Pug and Handlebars (as their options) use themselves. */
const LOCALS_NAMES = [
  ...['settings', '_locals', 'cache', 'filename', 'cspNonce'],
  ...['delimiter', 'scope', 'context', 'debug', 'compileDebug', 'client', '_with', 'rmWhitespace', 'strict', 'async'],
  ...['self', 'pretty', 'doctype', 'basedir', 'filters', 'globals', 'name'],
  ...['layout', 'partials', 'helpers', 'body']
]

const fn = <T>() => z.custom<T>((value) => typeof value === 'function')
const having = <T>(...methods: string[]) =>
  z.custom<T>((value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'))
const milliseconds = (least: number) => z.int().check(z.minimum(least))
/** With a longer delay setTimeout fires at once. */
const wait = (least: number) => milliseconds(least).check(z.maximum(2 ** 31 - 1))
const ownName = (taken: string[]) =>
  z.string().check(
    z.minLength(1),
    z.refine((name) => !taken.includes(name) && !(name in Object.prototype))
  )

const schema = z.strictObject({
  accessToken: z.union([
    accessTokenSchema.check(z.refine((text) => !isUnset(text))),
    fn<() => string | Promise<string>>()
  ]),
  account: z.optional(z.string().check(z.minLength(1))),
  visitor: z.optional(fn<NonNullable<HubSpotIdentificationOptions['visitor']>>()),
  visitorKey: z.optional(fn<NonNullable<HubSpotIdentificationOptions['visitorKey']>>()),
  requireVerified: z._default(z.boolean(), false),
  session: z._default(z.boolean(), true),
  skip: z.optional(fn<NonNullable<HubSpotIdentificationOptions['skip']>>()),
  maxWaitMs: z._default(wait(0), 1000),
  timeoutMs: z._default(wait(1), 5000),
  retries: z._default(z.int().check(z.minimum(0), z.maximum(10)), 2),
  renewBeforeMs: z._default(milliseconds(0), 60 * 60 * 1000),
  tokenLifetimeMs: z._default(milliseconds(1), 12 * 60 * 60 * 1000),
  cache: z.prefault(
    z.pipe(
      z.custom<object>(isPlainObject),
      z.strictObject({
        maxEntries: z._default(z.int().check(z.minimum(1), z.maximum(10_000_000)), 10_000),
        store: z.optional(having<SharedTokenStore>('get', 'set', 'delete'))
      })
    ),
    {}
  ),
  rateLimiter: z.optional(having<RateLimiter>('consume')),
  apiVersion: z._default(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)), '2026-09'),
  baseUrl: z.prefault(z.pipe(z.string(), z.transform(readBaseUrl)), 'https://api.hubapi.com'),
  fetch: z.optional(fn<FetchLike>()),
  agent: z.optional(
    z.custom<Agent>((value) => isObject(value) && ('createConnection' in value || 'addRequest' in value))
  ),
  portalId: z.optional(
    z.pipe(
      z.union([z.string().check(z.trim()), z.pipe(z.int().check(z.positive()), z.transform(String))]),
      z.string().check(z.regex(/^\d{1,20}$/))
    )
  ),
  region: z._default(regionSchema, DEFAULT_REGION),
  settings: z.prefault(z.pipe(z.custom<Record<string, unknown>>(isPlainObject), z.transform(parseChatSettings)), {}),
  nonce: z.optional(fn<NonNullable<HubSpotIdentificationOptions['nonce']>>()),
  autoInsert: z._default(z.boolean(), false),
  sessionKey: z._default(ownName(SESSION_NAMES), 'hubspot'),
  localsKey: z._default(ownName(LOCALS_NAMES), 'hubspot'),
  forgetOnLogout: z.optional(z.boolean()),
  onError: z._default(fn<NonNullable<HubSpotIdentificationOptions['onError']>>(), createConsoleOnError)
})

/**
 * Checks the options and fills in the defaults. An explicit `undefined` is an omitted option.
 *
 * @throws HubSpotIdentificationError `ERR_OPTIONS_INVALID`, naming the key (never its value) and what to write instead.
 */
export function resolveOptions(options: HubSpotIdentificationOptions) {
  const read = readOptions(options)
  if (read instanceof HubSpotIdentificationError) throw read
  return read
}

/** Returns our own errors; whatever is thrown comes from a getter or a proxy, and its message may contain a secret. */
function readOptions(given: unknown) {
  try {
    return parseOptions(given)
  } catch (thrown) {
    return unreadableOptions(thrown)
  }
}

function parseOptions(given: unknown) {
  if (!isOptions(given)) return notOptions(given)
  const parsed = schema.safeParse(given)
  if (!parsed.success) return invalidOptions(given, parsed.error.issues)
  const settings = parsed.data
  if (typeof settings.accessToken === 'function' && !settings.account && !settings.portalId) {
    return optionsError(
      'Option "accessToken" is a function, so the account it belongs to is unknown.',
      'Set "portalId", or "account" to any text that names the HubSpot account.'
    )
  }
  // Without sessions the login is usually a bearer token, and there are no cookies to expire.
  const forgetOnLogout = settings.forgetOnLogout ?? settings.session
  return Object.freeze({ ...settings, forgetOnLogout, account: resolveAccount(settings) })
}

function readBaseUrl(text: string, context: z.core.ParsePayload): URL {
  const url = parseBaseUrl(text)
  if (url) return url
  context.issues.push({ code: 'custom', input: text })
  return z.NEVER
}

/** HubSpot's widget checks these types, and may not start when one is wrong. */
const DOCUMENTED_CHAT_SETTINGS = z.looseObject({
  loadImmediately: z.optional(z.boolean()),
  inlineEmbedSelector: z.optional(z.string()),
  enableWidgetCookieBanner: z.optional(z.union([z.boolean(), z.enum(['ON_WIDGET_LOAD', 'ON_EXIT_INTENT'])])),
  disableAttachment: z.optional(z.boolean()),
  disableInitialInputFocus: z.optional(z.boolean()),
  avoidInlineStyles: z.optional(z.boolean()),
  hideNewThreadLink: z.optional(z.boolean())
})

/** Checks the settings and gives a frozen copy, so that later changes by the app have no effect. */
function parseChatSettings(
  given: Record<string, unknown>,
  context: z.core.ParsePayload
): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const copy = IDENTITY_KEYS.includes(key) || key === '__proto__' ? undefined : copyOfJson(value)
    if (copy === undefined) {
      context.issues.push({ code: 'custom', input: given, path: [key] })
      return z.NEVER
    }
    kept[key] = deepFreeze(copy)
  }
  for (const { path } of DOCUMENTED_CHAT_SETTINGS.safeParse(kept).error?.issues ?? [])
    context.issues.push({ code: 'custom', input: given, path })
  return Object.freeze(kept)
}

/** A copy of a JSON value; `undefined` for `null` and for whatever JSON cannot hold or would change, circular references included. */
function copyOfJson(value: unknown): unknown {
  try {
    if (!z.json().safeParse(value).success) return undefined
    const copy: unknown = JSON.parse(JSON.stringify(value))
    return hasNull(copy) ? undefined : copy
  } catch {
    return undefined
  }
}

/** Whether a value contains `null` at any depth, which HubSpot's widget does not document. */
function hasNull(value: unknown): boolean {
  return value === null || (isObject(value) && Object.values(value).some(hasNull))
}

function deepFreeze<T>(value: T): T {
  if (isObject(value)) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}

function isPlainObject(value: unknown): boolean {
  if (!isObject(value) || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The Object.prototype of any realm, because Jest runs each test file in its own realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
