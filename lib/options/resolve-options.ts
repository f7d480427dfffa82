// Parses the options once, at the call: every default and every check. The messages live in option-errors.ts.
import type { Agent } from 'node:http'
import { z } from 'zod'
import { createConsoleOnError } from '../diagnostics.js'
import { HubSpotIdentificationError } from '../errors.js'
import { accessTokenSchema } from '../mint/access-token-form.js'
import { parseBaseUrl } from '../mint/base-url.js'
import type { RateLimiter } from '../mint/budget.js'
import type { FetchLike } from '../mint/hubspot-client.js'
import { DEFAULT_REGION, regionSchema } from '../page/region.js'
import { resolveAccount } from '../tokens/account.js'
import type { SharedTokenStore } from '../tokens/shared-store.js'
import {
  IDENTITY_KEYS,
  invalid,
  invalidOptions,
  isObject,
  isOptions,
  isUnset,
  notOptions,
  unreadableOptions
} from './option-errors.js'
import type { HubSpotIdentificationOptions } from './options.js'

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
/** Names that Express, helmet's nonce, and the options of EJS, Pug and Handlebars (which come with the locals) have taken. */
const LOCALS_NAMES = [
  ...['settings', '_locals', 'cache', 'filename', 'cspNonce'],
  ...['delimiter', 'scope', 'context', 'debug', 'compileDebug', 'client', '_with', 'rmWhitespace', 'strict', 'async'],
  ...['self', 'pretty', 'doctype', 'basedir', 'filters', 'globals', 'name'],
  ...['layout', 'partials', 'helpers', 'body']
]

const fn = <T>() => z.custom<T>((value) => typeof value === 'function')
const having = <T>(...methods: string[]) =>
  z.custom<T>((value) => isObject(value) && methods.every((name) => typeof value[name] === 'function'))
const milliseconds = (least: number) => z.int().min(least)
/** setTimeout counts no further, and fires at once instead. */
const wait = (least: number) => milliseconds(least).max(2 ** 31 - 1)
const ownName = (taken: string[]) =>
  z
    .string()
    .min(1)
    .refine((name) => !taken.includes(name) && !(name in Object.prototype))

const schema = z.strictObject({
  accessToken: z.union([accessTokenSchema.refine((text) => !isUnset(text)), fn<() => string | Promise<string>>()]),
  account: z.string().min(1).optional(),
  visitor: fn<NonNullable<HubSpotIdentificationOptions['visitor']>>().optional(),
  visitorKey: fn<NonNullable<HubSpotIdentificationOptions['visitorKey']>>().optional(),
  requireVerified: z.boolean().default(false),
  session: z.boolean().default(true),
  skip: fn<NonNullable<HubSpotIdentificationOptions['skip']>>().optional(),
  maxWaitMs: wait(0).default(1000),
  timeoutMs: wait(1).default(5000),
  retries: z.int().min(0).max(10).default(2),
  renewBeforeMs: milliseconds(0).default(60 * 60 * 1000),
  tokenLifetimeMs: milliseconds(1).default(12 * 60 * 60 * 1000),
  cache: z
    .custom<object>(isPlainObject)
    .pipe(
      z.strictObject({
        maxEntries: z.int().min(1).max(10_000_000).default(10_000),
        store: having<SharedTokenStore>('get', 'set', 'delete').optional()
      })
    )
    .prefault({}),
  rateLimiter: having<RateLimiter>('consume').optional(),
  apiVersion: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .default('2026-09'),
  baseUrl: z.string().transform(readBaseUrl).prefault('https://api.hubapi.com'),
  fetch: fn<FetchLike>().optional(),
  agent: z
    .custom<Agent>((value) => isObject(value) && ('createConnection' in value || 'addRequest' in value))
    .optional(),
  portalId: z
    .union([z.string().trim(), z.int().positive().transform(String)])
    .pipe(z.string().regex(/^\d{1,20}$/))
    .optional(),
  region: regionSchema.default(DEFAULT_REGION),
  settings: z.custom<Record<string, unknown>>(isPlainObject).transform(parseChatSettings).prefault({}),
  nonce: fn<NonNullable<HubSpotIdentificationOptions['nonce']>>().optional(),
  autoInsert: z.boolean().default(false),
  sessionKey: ownName(SESSION_NAMES).default('hubspot'),
  localsKey: ownName(LOCALS_NAMES).default('hubspot'),
  forgetOnLogout: z.boolean().optional(),
  onError: fn<NonNullable<HubSpotIdentificationOptions['onError']>>().default(createConsoleOnError)
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

/** Gives our error back instead of throwing it: so whatever is thrown in here is a getter's or a proxy's, and may quote anything. */
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
    return invalid(
      'Option "accessToken" is a function, so the account it belongs to is unknown.',
      'Set "portalId", or "account" to any text that names the HubSpot account.'
    )
  }
  // Bearer clients have no cookies to expire; an app whose login is a cookie of its own says so.
  const forgetOnLogout = settings.forgetOnLogout ?? settings.session
  return Object.freeze({ ...settings, forgetOnLogout, account: resolveAccount(settings) })
}

function readBaseUrl(text: string, context: z.RefinementCtx): URL {
  const url = parseBaseUrl(text)
  if (url) return url
  context.addIssue({ code: 'custom' })
  return z.NEVER
}

/** HubSpot's widget asserts the types of its settings, and may not start when one is wrong. */
const DOCUMENTED_CHAT_SETTINGS = z.looseObject({
  loadImmediately: z.boolean().optional(),
  inlineEmbedSelector: z.string().optional(),
  enableWidgetCookieBanner: z.union([z.boolean(), z.enum(['ON_WIDGET_LOAD', 'ON_EXIT_INTENT'])]).optional(),
  disableAttachment: z.boolean().optional(),
  disableInitialInputFocus: z.boolean().optional(),
  avoidInlineStyles: z.boolean().optional(),
  hideNewThreadLink: z.boolean().optional()
})

/** A frozen copy, so that what a page prints is what was checked. */
function parseChatSettings(
  given: Record<string, unknown>,
  context: z.RefinementCtx
): Readonly<Record<string, unknown>> {
  const kept: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue
    const copy = IDENTITY_KEYS.includes(key) || key === '__proto__' ? undefined : copyOfJson(value)
    if (copy === undefined) {
      context.addIssue({ code: 'custom', path: [key] })
      return z.NEVER
    }
    kept[key] = deepFreeze(copy)
  }
  for (const { path } of DOCUMENTED_CHAT_SETTINGS.safeParse(kept).error?.issues ?? [])
    context.addIssue({ code: 'custom', path })
  return Object.freeze(kept)
}

/** `undefined` for what JSON cannot hold, or would change; something that goes round in circles included, and `null`. */
function copyOfJson(value: unknown): unknown {
  try {
    if (!z.json().safeParse(value).success) return undefined
    const copy: unknown = JSON.parse(JSON.stringify(value))
    return hasNull(copy) ? undefined : copy
  } catch {
    return undefined
  }
}

/** HubSpot's widget promises nothing for a `null`, at whatever depth. */
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
  // The root of any realm's prototypes: Jest gives every test a realm of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
