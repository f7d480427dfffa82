// One request to the app for the current identity: to the token endpoint, or by the option `token`.
import { type Identity, identityFrom, type Nobody, VISITOR } from './settings.js'

/** What the option `token` resolves with. */
export type TokenAnswer = {
  identificationEmail: string
  identificationToken: string
  /** When the token expires, in milliseconds since the epoch. Without it, the next token is requested within an hour. */
  expiresAt?: number | undefined
}

/** A parsed answer. Without `identity` the answer cannot be used; an empty `identity` means that nobody is logged in. */
export type Answer = {
  identity?: Identity | Nobody | undefined
  /** A value that differs from visitor to visitor, from the header of the endpoint. An answer without an identity can have one. */
  visitor?: string | null | undefined
  /** After how many milliseconds to ask again: for a renewal, or as the `Retry-After` header says. */
  waitMs?: number
}

const RENEW_BEFORE_MS = 10 * 60 * 1000
const UNKNOWN_LIFETIME_MS = 60 * 60 * 1000

const NOBODY: Answer = { identity: {} }
/** Used for all failures: offline, a time-out, a redirect, an invalid answer. */
export const NO_ANSWER: Answer = {}

let hasWarned = false

/** Parses an answer. The first invalid one of a page is reported on the console, without its content, which may be personal. */
const answerFrom = (body: unknown, lifetimeMs: number, visitor?: string | null): Answer => {
  const identity = identityFrom(Object(body))
  if (identity.identificationEmail && lifetimeMs > 0)
    return { identity, visitor, waitMs: lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4) }
  if (!hasWarned) console.warn('HubSpot chat: no identity. Is tokenEndpoint() on this origin?')
  hasWarned = true
  return NO_ANSWER
}

/** Asks the endpoint. A relative path is resolved against the page's address, not against its `<base>`. */
export const askEndpoint = async (endpoint: string, signal: AbortSignal): Promise<Answer> => {
  const url = new URL(endpoint, location.href)
  if (url.origin !== location.origin) return answerFrom(0, 0)
  const response = await fetch(url, { redirect: 'error', cache: 'no-store', signal })
  const { headers, status } = response
  const visitor = headers.get(VISITOR)
  // 401: the app's own guard, mounted before the endpoint, found nobody logged in.
  if (status === 204 || status === 401) return NOBODY
  if (status !== 200) return { visitor, waitMs: Number(headers.get('retry-after')) * 1000 || 0 }
  const body = Object(await response.json().catch(String))
  // Both times are the server's, so the result is right even if the clock of the browser is wrong.
  return answerFrom(body, body.expiresAt - (Date.parse(String(headers.get('date'))) || Date.now()), visitor)
}

/** Calls the option `token`, which may throw, reject or resolve with anything. */
export const askApp = async (token: () => Promise<TokenAnswer | null>): Promise<Answer> => {
  const body: unknown = await token()
  const lifetimeMs = Object(body).expiresAt - Date.now()
  // A token that seems to have expired is used: the clock of the browser may be wrong.
  return body === null ? NOBODY : answerFrom(body, lifetimeMs > 0 ? lifetimeMs : UNKNOWN_LIFETIME_MS)
}
