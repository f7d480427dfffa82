// Remembers what the app's `visitor` answered for a key, so that a page with thirty files asks the app's provider once.
import { LRUCache } from 'lru-cache'
import { type Found, isVisitor } from './visitor.js'

/** How an answer is got, and until when it counts. */
export type RememberingParts<R> = {
  /** Asks the app who the user of a request is. */
  readonly ask: (req: R) => Promise<Found>
  /** Whether the request still carries this key. */
  readonly hasKey: (req: R, key: string) => boolean
  readonly nowMs?: () => number
  readonly maxEntries?: number
}

/** The answers of one instance, by key. */
export type RememberedVisitors<R> = {
  /** The answer for a key, at once. */
  peek(key: string): Found | undefined
  /**
   * Asks the app; whoever asks for the same key meanwhile gets the same promise. An answer that fails, or that is no visitor by
   * mistake, is not remembered.
   */
  ask(key: string, req: R): Promise<Found>
  /** Drops the answers with this address. */
  forget(email: string): void
}

/** How long an answer counts. */
const REMEMBERED_MS = 5 * 60 * 1000
/** An answer is an address and two names: some hundred bytes. */
const MAX_ENTRIES = 10_000
/** A provider that never answers one request must not keep the later ones from asking anew. */
const LONGEST_SHARED_MS = 10_000

type Asking<R> = { readonly requests: R[]; readonly answer: Promise<Found>; readonly sinceMs: number }

/** Makes the memory of an instance. */
export function createRememberedVisitors<R>({
  ask,
  hasKey,
  nowMs = () => Date.now(),
  maxEntries = MAX_ENTRIES
}: RememberingParts<R>): RememberedVisitors<R> {
  // No `ttl` here: lru-cache counts on a clock of its own.
  const known = new LRUCache<string, { readonly found: Found; readonly atMs: number }>({ max: maxEntries })
  // Not lru-cache's own fetch: evicting an answer that is under way would reject everybody who waits for it.
  const underWay = new LRUCache<string, Asking<R>>({ max: maxEntries })

  function isWithin(sinceMs: number, longestMs: number): boolean {
    const ageMs = nowMs() - sinceMs
    // Negative: the clock was put back.
    return ageMs >= 0 && ageMs < longestMs
  }

  /**
   * A request whose user changes while it waits may be answered with the new user, which is wrong for the key. The next request
   * that waits for the key is then asked instead.
   */
  async function answerFor(key: string, requests: R[]): Promise<{ found: Found; isSure: boolean }> {
    let found: Found | undefined
    // Requests that come meanwhile are added to the list, and the loop sees them.
    for (const req of requests) {
      found = await ask(req)
      if (hasKey(req, key)) return { found, isSure: true }
    }
    // Everybody's user has changed: whatever the answer is, each of these requests compares its key before it shows it.
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
      // Whose address an answer under way will hold is not known, so none of them is remembered.
      underWay.clear()
    }
  }
}
