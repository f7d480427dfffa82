// Caches the results of the app's `visitor` by `visitorKey`, so that the app's identity provider is not called for every request.
import { LRUCache } from 'lru-cache'
import { type Found, isVisitor } from './visitor.js'

/** What the cache is created with. */
export type RememberingParts<R> = {
  /** Calls the app's `visitor`. */
  readonly ask: (req: R) => Promise<Found>
  /** Whether the request still has this key. */
  readonly hasKey: (req: R, key: string) => boolean
  readonly nowMs?: () => number
  readonly maxEntries?: number
}

/** The cached visitors of one instance, by key. */
export type RememberedVisitors<R> = {
  /** The cached visitor of a key. */
  peek(key: string): Found | undefined
  /**
   * Calls the app's `visitor` and caches the result. Concurrent calls for one key share a promise. Failures and invalid visitors are
   * not cached.
   */
  ask(key: string, req: R): Promise<Found>
  /** Drops the cached visitors with this address. */
  forget(email: string): void
}

/** How long a result is cached. */
const REMEMBERED_MS = 5 * 60 * 1000
/** Each is an address and two names: a few hundred bytes. */
const MAX_ENTRIES = 10_000
/** After this time a call is not shared any more: one that never ends must not block all later requests of the key. */
const LONGEST_SHARED_MS = 10_000

type Asking<R> = { readonly requests: R[]; readonly answer: Promise<Found>; readonly sinceMs: number }

/** Creates the cache of an instance. */
export function createRememberedVisitors<R>({
  ask,
  hasKey,
  nowMs = () => Date.now(),
  maxEntries = MAX_ENTRIES
}: RememberingParts<R>): RememberedVisitors<R> {
  // No `ttl`: lru-cache uses another clock (performance.now).
  const known = new LRUCache<string, { readonly found: Found; readonly atMs: number }>({ max: maxEntries })
  // Not the `fetch` of lru-cache: the eviction of a running call would reject everybody who waits for it.
  const underWay = new LRUCache<string, Asking<R>>({ max: maxEntries })

  function isWithin(sinceMs: number, longestMs: number): boolean {
    const ageMs = nowMs() - sinceMs
    // Negative if the clock was set back.
    return ageMs >= 0 && ageMs < longestMs
  }

  /**
   * Calls `visitor` for the first request that waits for the key. If the user of that request changes meanwhile, the result may be the new
   * user, which is wrong for the key; then it is called for the next request.
   */
  async function answerFor(key: string, requests: R[]): Promise<{ found: Found; isSure: boolean }> {
    let found: Found | undefined
    // Requests that arrive meanwhile are appended to the list, so the loop reaches them.
    for (const req of requests) {
      found = await ask(req)
      if (hasKey(req, key)) return { found, isSure: true }
    }
    // The user of every request has changed. Each of them compares its key before it uses the result, so none shows it.
    return { found: found as Found, isSure: false }
  }

  return {
    peek(key) {
      const entry = known.get(key)
      return entry && isWithin(entry.atMs, REMEMBERED_MS) ? entry.found : undefined
    },

    ask(key, req) {
      const asked = underWay.get(key)
      if (asked && isWithin(asked.sinceMs, LONGEST_SHARED_MS)) {
        asked.requests.push(req)
        return asked.answer
      }
      const requests = [req]
      const isAskedYet = () => underWay.peek(key)?.requests === requests
      const answer = answerFor(key, requests)
        .then(({ found, isSure }) => {
          const isAnswer = isVisitor(found) || found.reason !== 'invalid-visitor'
          if (isSure && isAnswer && isAskedYet()) known.set(key, { found, atMs: nowMs() })
          return found
        })
        .finally(() => {
          if (isAskedYet()) underWay.delete(key)
        })
      underWay.set(key, { requests, answer, sinceMs: nowMs() })
      return answer
    },

    forget(email) {
      for (const [key, { found }] of known.entries()) if (isVisitor(found) && found.email === email) known.delete(key)
      // The address that a running call will give is not known yet, so the result of none is cached.
      underWay.clear()
    }
  }
}
