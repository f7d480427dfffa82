// Changes a session in its store without a race with other writes of the same session in this process.
import type { Session, SessionData, Store } from 'express-session'
import { EVERY, Groups } from './groups.js'
import { followLoads } from './loaded-sessions.js'
import { inTime, prepareCall, STORE_MS } from './store-call.js'
import { watchTouches } from './touches.js'

/** Changes a session in place, just before it is written. If it returns `false`, nothing is written. */
export type Amendment = (fresh: Session) => boolean

/** Writes to one store. */
export type StoreGuard = {
  /**
   * Reads the session, and writes it if the amendment changed it. Amendments of one session that come together share one read and one
   * write. Nothing is written if the session does not exist, if the store fails, or if other requests keep changing it. Resolves
   * at the end; never rejects.
   */
  amend(sessionId: string, amendment: Amendment): Promise<void>
  /** Watches a session until the returned function is called, which tells whether another writer has changed it. */
  follow(sessionId: string): () => boolean
}

/** How often a session is read, if it is changed during the read. */
const TRIES = 3

/** The key of the guard on its store. Instances and copies of this package must share it, to see each other's writes. */
const GUARD = Symbol.for('express-hubspot-identification:store-guard:1')

/** The guard of a store; created at the first call. */
export function guardOf(store: Store & { [GUARD]?: StoreGuard }): StoreGuard {
  const guard = store[GUARD] ?? guardStore(store)
  if (!store[GUARD]) Object.defineProperty(store, GUARD, { value: guard })
  return guard
}

/**
 * Watches `set`, `destroy` and `clear` of a store, to know when express-session or the app changes a session:
 *
 * - A change in progress is waited for before the guard reads.
 * - After a change between the guard's read and its write, the session is read again.
 * - A change during the guard's write is delayed until the write has ended, because some stores do not keep the order of calls.
 *
 * So a logout always takes effect, and no change is undone. This holds within one process. A change by another process between the
 * read and the write is not seen.
 */
function guardStore(store: Store): StoreGuard {
  const amendments = new Map<string, { readonly waiting: Amendment[]; readonly ended: Promise<void> }>()
  /** Reads in progress and followed sessions; `changed` is set when another writer changes the session. */
  const reading = new Groups<{ changed: boolean }>()
  /** Changes by other writers, in progress. */
  const changing = new Groups<Promise<unknown>>()
  /** The guard's writes, in progress. */
  const writing = new Groups<Promise<unknown>>()
  const ours = new WeakSet<object>()
  const loaded = followLoads(store, (sessionId) => changing.has(sessionId))
  const touches = watchTouches(store, loaded, useFresh)

  function watch(name: 'set' | 'destroy' | 'clear'): void {
    const original = store[name] as ((...args: unknown[]) => unknown) | undefined
    if (!original) return
    const watched = (...args: unknown[]): unknown => {
      if (ours.has(Object(args[1]))) return original.apply(store, args)
      const sessionId = name === 'clear' ? EVERY : args[0]
      for (const interest of reading.of(sessionId)) interest.changed = true
      loaded.changed(name === 'clear' ? undefined : String(sessionId), name === 'set' ? args[1] : undefined)
      const call = prepareCall(original.bind(store), args)
      void call.ended.then(changing.add(sessionId, call.ended))
      const before = [...writing.of(sessionId), ...touches.underWay(sessionId, name, args[1])]
      return before.length > 0 ? call.makeAfter(Promise.all(before)) : call.make()
    }
    Object.assign(store, { [name]: watched })
  }
  watch('set')
  watch('destroy')
  watch('clear')

  function read(sessionId: string): Promise<SessionData | undefined> {
    return new Promise((resolve) => {
      store.get(sessionId, (error: unknown, data) => resolve(error || !data ? undefined : data))
    })
  }

  /** Created as by express-session's `store.load`, because stores expect a `Session` with a `Cookie`. */
  function sessionFrom(sessionId: string, data: SessionData): Session {
    const request = { sessionID: sessionId, sessionStore: store } as Parameters<Store['createSession']>[0]
    // touch(), as at the end of every request: the expiry in the store is older, and would shorten a rolling session.
    return store.createSession(request, data).touch()
  }

  async function write(sessionId: string, session: Session): Promise<void> {
    ours.add(session)
    const written = inTime(new Promise<void>((resolve) => store.set(sessionId, session, () => resolve())))
    const settled = written.catch(() => undefined)
    const remove = writing.add(sessionId, settled)
    await settled
    // Only after the delayed changes have been passed on: a new change must not overtake them.
    setImmediate(remove)
  }

  /**
   * Reads a session and calls `use` with it at once, if it was not changed during the read. Resolves with `false` if it was changed
   * during every try.
   */
  async function useFresh(sessionId: string, use: (fresh: Session | undefined) => unknown): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      await inTime(Promise.all(changing.of(sessionId)))
      if (changing.has(sessionId)) continue
      const interest = { changed: false }
      const remove = reading.add(sessionId, interest)
      const askedAtMs = Date.now()
      const data = await inTime(read(sessionId)).catch(() => undefined)
      remove()
      if (interest.changed || (data && isOld(askedAtMs))) continue
      await use(data && sessionFrom(sessionId, data))
      return true
    }
    return false
  }

  /** Makes all waiting amendments of a session, in one write. */
  async function amendAll(sessionId: string, waiting: Amendment[]): Promise<void> {
    const amendNow = (fresh: Session | undefined): unknown => {
      const now = waiting.splice(0)
      return fresh && now.map((amendment) => amendment(fresh)).includes(true) ? write(sessionId, fresh) : undefined
    }
    try {
      // Repeated for amendments that come during the write.
      for (let isRead = true; isRead && waiting.length > 0; ) isRead = await useFresh(sessionId, amendNow)
    } catch {
      // express-session reports the errors of the store. The token is in memory, and the next page tries again.
    } finally {
      amendments.delete(sessionId)
    }
  }

  function amend(sessionId: string, amendment: Amendment): Promise<void> {
    const together = amendments.get(sessionId)
    if (together) {
      together.waiting.push(amendment)
      return together.ended
    }
    const waiting = [amendment]
    const ended = amendAll(sessionId, waiting)
    amendments.set(sessionId, { waiting, ended })
    return ended
  }

  return {
    amend,
    follow(sessionId) {
      const interest = { changed: false }
      const remove = reading.add(sessionId, interest)
      return () => {
        remove()
        return interest.changed
      }
    }
  }
}

/**
 * Whether a read took too long: another process may have ended the session since. A process that was frozen (serverless, a sleeping
 * machine) can get the answer before its time-out fires.
 */
function isOld(askedAtMs: number): boolean {
  return Math.abs(Date.now() - askedAtMs) > STORE_MS
}
