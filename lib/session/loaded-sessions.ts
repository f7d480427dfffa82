// Knows which sessions in memory are older than what their store holds, because another request changed them meanwhile.
import type { Request } from 'express'
import type { Session, SessionData, Store } from 'express-session'
import { LRUCache } from 'lru-cache'

/** The sessions that requests have loaded from one store. */
export type LoadedSessions = {
  /** Notes that a session is set (to what a request has) or destroyed; without an id, that all are. */
  changed(sessionId: string | undefined, session?: unknown): void
  /** Whether this is a request's copy of a session. */
  isCopy(session: unknown): boolean
  /** Whether a session was changed after this copy of it was loaded. */
  isStale(sessionId: string, session: object): boolean
}

/** A change is remembered for the requests that are under way, not for long. */
const MAX_CHANGES = 10_000

type Load = (error: unknown, data?: SessionData | null) => void

/** Watches how express-session loads a session: `get`, then `createSession`. What is read during a change may be older than it. */
export function followLoads(store: Store, isChanging: (sessionId: string) => boolean): LoadedSessions {
  /** Changes are numbered; a copy has the number of the last change that its `get` has seen. */
  let count = 0
  let ofAll = 0
  const changes = new LRUCache<string, number>({ max: MAX_CHANGES })
  const reads = new WeakMap<object, number>()
  const copies = new WeakMap<object, number>()

  const get = store.get.bind(store)
  const createSession = store.createSession.bind(store)
  Object.assign(store, {
    get(sessionId: string, callback?: Load): unknown {
      const countAtGet = isChanging(sessionId) ? -1 : count
      const load: Load = (error, data) => {
        if (data) reads.set(data, countAtGet)
        callback?.(error, data)
      }
      return get(sessionId, load)
    },
    createSession(req: Request, data: SessionData): Session {
      const session = createSession(req, data)
      const countAtGet = reads.get(data)
      if (countAtGet !== undefined) copies.set(session, countAtGet)
      return session
    }
  })

  return {
    isCopy: (session) => copies.has(Object(session)),
    changed(sessionId, session) {
      count += 1
      if (sessionId === undefined) ofAll = count
      else changes.set(sessionId, count)
      if (session && copies.has(session)) copies.set(session, count)
    },
    isStale(sessionId, session) {
      const countAtGet = copies.get(session)
      return countAtGet !== undefined && Math.max(changes.get(sessionId) ?? 0, ofAll) > countAtGet
    }
  }
}
