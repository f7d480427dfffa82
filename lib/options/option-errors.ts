// The messages for invalid options: the key and what to write instead, never the value.

import { closestMatch } from 'leven'
import type * as z from 'zod/mini'
import { type HubSpotIdentificationError, optionsError, summarizeCause } from '../errors.js'
import { EXPECTED_BASE_URL } from '../mint/base-url.js'
import { EXPECTED_REGION } from '../page/region.js'

/** Settings of the widget that only this library may set. */
export const IDENTITY_KEYS: readonly string[] = ['identificationEmail', 'identificationToken']

/** What each option takes, for the messages. */
const EXPECTED: Readonly<Record<string, string>> = {
  accessToken:
    "a non-empty string of visible ASCII characters without 'Bearer ' and without quotes, or a function that returns one",
  account: 'a non-empty string',
  visitor: 'a function (req) => ({ email }) or null',
  visitorKey: 'a function (req) => string or null',
  requireVerified: 'true or false',
  session: 'true or false',
  skip: 'a function (req) => boolean',
  maxWaitMs: 'a whole number of milliseconds, 0 to 2147483647',
  timeoutMs: 'a whole number of milliseconds, 1 to 2147483647',
  retries: 'a whole number, 0 to 10',
  renewBeforeMs: 'a whole number of milliseconds, 0 or more',
  tokenLifetimeMs: 'a whole number of milliseconds, 1 or more',
  cache: 'a plain object { maxEntries, store }',
  'cache.maxEntries': 'a whole number, 1 to 10000000',
  'cache.store': 'a Keyv-shaped store with the functions get, set and delete',
  rateLimiter: 'a rate-limiter-flexible limiter, with the function consume',
  apiVersion: "a single path segment such as '2026-09'",
  baseUrl: EXPECTED_BASE_URL,
  fetch: 'a fetch function',
  agent: 'an Agent of node:http or node:https',
  portalId: 'digits, such as 12345 or "12345"',
  region: EXPECTED_REGION,
  settings: 'a plain object of hsConversationsSettings with JSON values and no null',
  'settings.loadImmediately': 'true or false',
  'settings.inlineEmbedSelector': 'a CSS selector as a string',
  'settings.enableWidgetCookieBanner': "true, false, 'ON_WIDGET_LOAD' or 'ON_EXIT_INTENT'",
  'settings.disableAttachment': 'true or false',
  'settings.disableInitialInputFocus': 'true or false',
  'settings.avoidInlineStyles': 'true or false',
  'settings.hideNewThreadLink': 'true or false',
  nonce: 'a function (req, res) => string or undefined',
  autoInsert: 'true or false',
  sessionKey: 'a non-empty string that req.session does not need itself',
  localsKey: 'a non-empty string that res.locals and view engines do not need themselves',
  forgetOnLogout: 'true or false',
  onError: 'a function (error, req) => void'
}

/** The values of an unset variable in a shell, a Dockerfile or after `process.env.X = undefined`. */
const UNSET = new Set(['', 'undefined', 'null'])

type Description = { readonly what: string; readonly hint: string }

/** Whether this is an options object. A request is not: the factory itself was mounted. */
export function isOptions(given: unknown): given is Record<string, unknown> {
  return isObject(given) && !Array.isArray(given) && !isRequest(given)
}

/** The error for a value that is no options object. */
export function notOptions(given: unknown): HubSpotIdentificationError {
  if (isRequest(given)) {
    return optionsError(
      'hubspotIdentification was given a request.',
      'Call it once: app.use(hubspotIdentification({ accessToken })).'
    )
  }
  return optionsError(
    `The options must be an object, got ${kindOf(given)}.`,
    'Write hubspotIdentification({ accessToken }).'
  )
}

/** The error for an options object that throws when it is read. */
export function unreadableOptions(thrown: unknown): HubSpotIdentificationError {
  return optionsError(
    'The options cannot be read.',
    'Give plain values: a getter or a proxy among them throws.',
    summarizeCause(thrown)
  )
}

/** Whether an access token comes from an unset environment variable. */
export function isUnset(accessToken: unknown): boolean {
  return accessToken === undefined || (typeof accessToken === 'string' && UNSET.has(accessToken.trim()))
}

/** One error for all issues that the schema found. */
export function invalidOptions(
  given: Record<string, unknown>,
  issues: readonly z.core.$ZodIssue[]
): HubSpotIdentificationError {
  // Unknown keys first: if `accessToken` is misspelt, it is not reported as missing, too.
  const ordered = [...issues].sort((a, b) => Number(isUnknownKeys(b)) - Number(isUnknownKeys(a)))
  const described: Description[] = []
  for (const issue of ordered) {
    const isToken = issue.path[0] === 'accessToken'
    if (isToken && described.some(({ what, hint }) => `${what} ${hint}`.includes('"accessToken"'))) continue
    described.push(isToken && isUnset(given['accessToken']) ? missing(given['accessToken']) : describe(given, issue))
  }
  return optionsError(described.map(({ what }) => what).join(' '), described.map(({ hint }) => hint).join(' '))
}

function isUnknownKeys(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'unrecognized_keys'
}

function missing(accessToken: unknown): Description {
  return {
    what: `Option "accessToken" is ${typeof accessToken === 'string' ? 'empty' : 'missing'}.`,
    hint: 'If it comes from an environment variable such as HUBSPOT_ACCESS_TOKEN, that variable is not set in this process.'
  }
}

function describe(given: Record<string, unknown>, issue: z.core.$ZodIssue): Description {
  if (issue.code === 'unrecognized_keys') return describeUnknown(issue.path, issue.keys)
  const key = issue.path.join('.')
  const option = EXPECTED[key] ? key : String(issue.path[0])
  if (option === 'settings' && IDENTITY_KEYS.includes(String(issue.path[1]))) {
    return { what: `Option "${key}" is refused.`, hint: 'The library prints the identity itself: leave the key out.' }
  }
  const value = issue.path.reduce<unknown>((at, step) => (isObject(at) ? at[String(step)] : undefined), given)
  const isOutOfRange = typeof value === 'number' && (issue.code === 'too_big' || issue.code === 'too_small')
  const got = isOutOfRange ? 'a number out of range' : kindOf(value)
  return { what: `Option "${key}" is not valid: got ${got}.`, hint: `"${option}" takes ${EXPECTED[option]}.` }
}

function describeUnknown(path: readonly PropertyKey[], keys: readonly string[]): Description {
  const parent = path.map((step) => `${String(step)}.`).join('')
  const known = Object.keys(EXPECTED)
    .filter((key) => key.startsWith(parent))
    .map((key) => key.slice(parent.length))
    .filter((key) => !key.includes('.'))
  const named = keys.map((key) => JSON.stringify(parent + key)).join(', ')
  return {
    what: `Unknown option ${named}.`,
    hint: [...new Set(keys.map((key) => suggest(key, known, parent)))].join(' ')
  }
}

function suggest(key: string, known: string[], parent: string): string {
  const letters = key.toLowerCase()
  const sameLetters = known.find((name) => name.toLowerCase() === letters)
  const typo = closestMatch(key, known, { maxDistance: Math.max(2, Math.floor(key.length / 3)) })
  const begun =
    letters.length > 3 ? known.find((name) => name.toLowerCase().startsWith(letters.slice(0, -1))) : undefined
  const nearest = sameLetters ?? typo ?? begun
  return nearest ? `Did you mean "${parent}${nearest}"?` : `The options are ${known.join(', ')}.`
}

function isRequest(given: unknown): boolean {
  return isObject(given) && typeof given['method'] === 'string' && 'url' in given
}

/** The type of a value for messages, which must not show the value: it can be a secret. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (value === '') return 'an empty string'
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a number that is not whole'
  if (Array.isArray(value)) return 'an array'
  return `${/^[aeiou]/.test(typeof value) ? 'an' : 'a'} ${typeof value}`
}

/** Whether this is an object or an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
