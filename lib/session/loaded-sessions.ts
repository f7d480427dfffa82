// Tells which loaded sessions are stale: another request has changed the session in the store since they were loaded.
import type { Request } from 'express'
import type { Session, SessionData, Store } from 'express-session'
import { LRUCache } from 'lru-cache'

/** The sessions that requests have loaded from one store. */
export type LoadedSessions = {
  /** Notes that a session was set (to this object) or destroyed; without an id, that all sessions were destroyed. */
  changed(sessionId: string | undefined, session?: unknown): void
  /** Whether express-session loaded this session object for a request. */
  isCopy(session: unknown): boolean
  /** Whether the session was changed in the store after this object was loaded. */
  isStale(sessionId: string, session: object): boolean
}

/** How many changes are remembered. They matter only to requests that were running at the time of the change. */
const MAX_CHANGES = 10_000

type Load = (error: unknown, data?: SessionData | null) => void

/**
 * Watches how express-session loads a session: `get`, then `createSession`. A session that is read while a change is in progress counts
 * as stale, because it may be the one of before the change.
 */
export function followLoads(store: Store, isChanging: (sessionId: string) => boolean): LoadedSessions {
  /** Changes are numbered. Each loaded session has the number of the last change before its `get`. */
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
