// One question to the app's token endpoint; every way to fail is the same answer.
import { type Identity, identityFrom, type Nobody, type PageSettings } from './settings.js'

/** What the endpoint said: who it is, nobody, or (without an identity) nothing usable. */
export type Answer = {
  identity?: Identity | Nobody
  /** Whom the answer speaks of, though it may hold no identity: a mark that differs from visitor to visitor. */
  visitor?: string | null
  /** When to ask again at the latest: for a renewal, or after the pause that the endpoint asked for; 0 is no wish. */
  waitMs: number
}

const RENEW_BEFORE_MS = 10 * 60 * 1000

/** Asks who the user is; never rejects. The path is taken from the page's address, so a `<base>` in it has no say. */
export async function askEndpoint(endpoint: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(new URL(endpoint, location.href), {
      mode: 'same-origin',
      redirect: 'error',
      cache: 'no-store',
      signal
    })
    const { headers, status } = response
    const visitor = headers.get('hubspot-visitor')
    // A guard of the app's in front of the endpoint says in its own way that nobody is logged in.
    if (status === 204 || status === 401) return { identity: {}, waitMs: 0 }
    if (status !== 200) return { visitor, waitMs: Number(headers.get('retry-after')) * 1000 || 0 }
    const body: PageSettings = await response.json()
    const identity = identityFrom(body)
    // Both instants are the server's, so a wrong clock in the browser does no harm.
    const lifetimeMs = Number(body['expiresAt']) - (Date.parse(String(headers.get('date'))) || Date.now())
    if (identity.identificationEmail && lifetimeMs > 0) {
      return { identity, visitor, waitMs: lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4) }
    }
  } catch {
    // Offline, too late, a redirect or no JSON: the same as an answer that says nothing.
  }
  return { waitMs: 0 }
}
