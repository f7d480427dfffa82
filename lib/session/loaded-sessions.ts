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

/**
 * Hidden properties with the number of the last change before the `get`: of the data that the store gave, and of the session that was
 * made of it. Not WeakMaps, because an entry for each request slows down garbage collection.
 */
const READ_AFTER = Symbol('read after change')
const LOADED_AFTER = Symbol('loaded after change')

type Stamped = object & { [READ_AFTER]?: number; [LOADED_AFTER]?: number }
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

  const get = store.get.bind(store)
  const createSession = store.createSession.bind(store)
  Object.assign(store, {
    get(sessionId: string, callback?: Load): unknown {
      const countAtGet = isChanging(sessionId) ? -1 : count
      const load: Load = (error, data) => {
        if (data) stamp(data, READ_AFTER, countAtGet)
        callback?.(error, data)
      }
      return get(sessionId, load)
    },
    createSession(req: Request, data: SessionData & Stamped): Session {
      const session = createSession(req, data)
      const countAtGet = data[READ_AFTER]
      if (countAtGet !== undefined) stamp(session, LOADED_AFTER, countAtGet)
      return session
    }
  })

  const isCopy = (session: unknown): session is Stamped => LOADED_AFTER in Object(session)

  return {
    isCopy,
    changed(sessionId, session) {
      count += 1
      if (sessionId === undefined) ofAll = count
      else changes.set(sessionId, count)
      if (isCopy(session)) stamp(session, LOADED_AFTER, count)
    },
    isStale(sessionId, session: Stamped) {
      const countAtGet = session[LOADED_AFTER]
      return countAtGet !== undefined && Math.max(changes.peek(sessionId) ?? 0, ofAll) > countAtGet
    }
  }
}

/** Not enumerable, so that no store saves it. A frozen object has no stamp: its session then counts as up to date. */
function stamp(target: object, name: symbol, countAtGet: number): void {
  Reflect.defineProperty(target, name, { value: countAtGet, configurable: true })
}
