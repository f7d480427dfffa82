// One question to the app: who is the user now? By the token endpoint, or in the app's own way.
import { type Identity, identityFrom, type Nobody, VISITOR } from './settings.js'

/** What the app's own way of asking resolves with. */
export type TokenAnswer = {
  identificationEmail: string
  identificationToken: string
  /** When the token ends, in milliseconds since the epoch. Without it the question is repeated before an hour has passed. */
  expiresAt?: number | undefined
}

/** What was said: who it is, nobody, or (without an identity) nothing usable. */
export type Answer = {
  identity?: Identity | Nobody | undefined
  /** Whom the answer speaks of, though it may hold no identity: a mark that differs from visitor to visitor. */
  visitor?: string | null | undefined
  /** When to ask again at the latest: for a renewal, or after the pause that the endpoint asked for. */
  waitMs?: number
}

const RENEW_BEFORE_MS = 10 * 60 * 1000
const UNKNOWN_LIFETIME_MS = 60 * 60 * 1000

const NOBODY: Answer = { identity: {} }
/** Offline, too late, a redirect, an answer that says nothing: all the same. */
export const NO_ANSWER: Answer = {}

let hasWarned = false

/** An answer that holds no identity is told once in a page, without anything of it: it may be personal. */
const answerFrom = (body: unknown, lifetimeMs: number, visitor?: string | null): Answer => {
  const identity = identityFrom(Object(body))
  if (identity.identificationEmail && lifetimeMs > 0)
    return { identity, visitor, waitMs: lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4) }
  if (!hasWarned) console.warn('HubSpot chat: no identity. Is tokenEndpoint() on this origin?')
  hasWarned = true
  return NO_ANSWER
}

/** Asks the endpoint. The path is taken from the page's address, so a `<base>` in it has no say. */
export const askEndpoint = async (endpoint: string, signal: AbortSignal): Promise<Answer> => {
  const url = new URL(endpoint, location.href)
  if (url.origin !== location.origin) return answerFrom(0, 0)
  const response = await fetch(url, { redirect: 'error', cache: 'no-store', signal })
  const { headers, status } = response
  const visitor = headers.get(VISITOR)
  // A guard of the app's in front of the endpoint says in its own way that nobody is logged in.
  if (status === 204 || status === 401) return NOBODY
  if (status !== 200) return { visitor, waitMs: Number(headers.get('retry-after')) * 1000 || 0 }
  const body = Object(await response.json().catch(String))
  // Both instants are the server's, so a wrong clock in the browser does no harm.
  return answerFrom(body, body.expiresAt - (Date.parse(String(headers.get('date'))) || Date.now()), visitor)
}

/** Asks in the app's own way, which may throw, reject or answer anything. */
export const askApp = async (token: () => Promise<TokenAnswer | null>): Promise<Answer> => {
  const body: unknown = await token()
  const lifetimeMs = Object(body).expiresAt - Date.now()
  // The browser's clock may be wrong, so it does not decide whether a token has ended.
  return body === null ? NOBODY : answerFrom(body, lifetimeMs > 0 ? lifetimeMs : UNKNOWN_LIFETIME_MS)
}
