// One question to the app's token endpoint; every way to fail is the same answer.
import { type Identity, identityFrom, type PageSettings } from './settings.js'

/** What the endpoint said: who it is and for how long, nobody, or nothing usable. */
export type Answer =
  | { kind: 'identified'; identity: Identity; lifetimeMs: number }
  | { kind: 'nobody' }
  | { kind: 'failed'; retryAfterMs: number }

/** Asks who the user is; never rejects. The path is taken from the page's address, so a `<base>` in it has no say. */
export async function askEndpoint(endpoint: string, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(new URL(endpoint, location.href), {
      mode: 'same-origin',
      credentials: 'same-origin',
      redirect: 'error',
      cache: 'no-store',
      headers: { accept: 'application/json' },
      signal
    })
    if (response.status === 204) return { kind: 'nobody' }
    if (response.status !== 200) return failed(response.headers.get('retry-after'))
    const body: PageSettings = await response.json()
    const identity = identityFrom(body)
    // Both instants are the server's, so a wrong clock in the browser does no harm.
    const lifetimeMs = Number(body['expiresAt']) - (Date.parse(response.headers.get('date') ?? '') || Date.now())
    return identity && Number.isFinite(lifetimeMs) ? { kind: 'identified', identity, lifetimeMs } : failed()
  } catch {
    return failed()
  }
}

function failed(retryAfter?: string | null): Answer {
  return { kind: 'failed', retryAfterMs: Number(retryAfter) * 1000 || 0 }
}
