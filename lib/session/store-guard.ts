// Amends one session in an express-session store without racing this process's other writers of the same session.
import type { Session, SessionData, Store } from 'express-session'
import { EVERY, Groups } from './groups.js'
import { followLoads } from './loaded-sessions.js'
import { inTime, prepareCall, STORE_MS } from './store-call.js'
import { watchTouches } from './touches.js'

/** Changes a fresh copy of a session in place; `false` leaves the store as it is. Nothing is awaited between it and the write. */
export type Amendment = (fresh: Session) => boolean

/** The careful writer of one store. */
export type StoreGuard = {
  /**
   * Reads the session soon, and writes it back when an amendment changed it; those that come together share one read and
   * one write. Nothing is written when the session is gone, when the store fails, or when others keep changing it. Resolves when
   * that has ended; never rejects.
   */
  amend(sessionId: string, amendment: Amendment): Promise<void>
  /** Watches a session from now on, until it is asked: whether anybody else has changed it. */
  follow(sessionId: string): () => boolean
}

/** How often a session that others change meanwhile is read again. */
const TRIES = 3

/** Where a store keeps its guard: two instances, or two copies of this package, must see each other's writes. */
const GUARD = Symbol.for('express-hubspot-identification:store-guard:1')

/** The guard of a store; made when it is first asked for. */
export function guardOf(store: Store & { [GUARD]?: StoreGuard }): StoreGuard {
  const guard = store[GUARD] ?? guardStore(store)
  if (!store[GUARD]) Object.defineProperty(store, GUARD, { value: guard })
  return guard
}

/**
 * Watches a store's `set`, `destroy` and `clear`, which express-session and the app call, to know when a session changes:
 *
 * - a change that is still on its way when we come is waited for;
 * - a change between our read and our write makes us read again;
 * - a change that comes while our write is on its way is passed on right after it, because a store may overtake itself.
 *
 * So a logout always has the last word, and nobody's data is undone. Between processes the round trip from our read to our write
 * remains.
 */
function guardStore(store: Store): StoreGuard {
  const amendments = new Map<string, { readonly waiting: Amendment[]; readonly ended: Promise<void> }>()
  /** Sessions that are read and not yet written, or followed; whether somebody else changed them meanwhile. */
  const reading = new Groups<{ changed: boolean }>()
  /** Other people's changes on their way to the store. */
  const changing = new Groups<Promise<unknown>>()
  /** Our own writes on their way. */
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

  /** As express-session's own `store.load` makes it: stores want a real session, with a real cookie. */
  function sessionFrom(sessionId: string, data: SessionData): Session {
    const request = { sessionID: sessionId, sessionStore: store } as Parameters<Store['createSession']>[0]
    // Touched, as at the end of every request: the cookie that a store holds is older, and would cut a rolling session short.
    return store.createSession(request, data).touch()
  }

  async function write(sessionId: string, session: Session): Promise<void> {
    ours.add(session)
    const written = inTime(new Promise<void>((resolve) => store.set(sessionId, session, () => resolve())))
    const settled = written.catch(() => undefined)
    const remove = writing.add(sessionId, settled)
    await settled
    // Not before those that were held up have been passed on, so that the app's own changes keep their order.
    setImmediate(remove)
  }

  /**
   * Reads a session and, if nobody has changed it meanwhile, uses it at once: nothing is awaited in between. `false` when others
   * keep changing it.
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

  /** One write of all that waits. */
  async function amendAll(sessionId: string, waiting: Amendment[]): Promise<void> {
    const amendNow = (fresh: Session | undefined): unknown => {
      const now = waiting.splice(0)
      return fresh && now.map((amendment) => amendment(fresh)).includes(true) ? write(sessionId, fresh) : undefined
    }
    try {
      // More may come while some are written.
      for (let isRead = true; isRead && waiting.length > 0; ) isRead = await useFresh(sessionId, amendNow)
    } catch {
      // A store that fails is express-session's to report. The token is in memory, and the next page tries again.
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
 * Whether an answer took so long that the session may have ended in another process since: a process that is frozen (serverless, a
 * machine that sleeps) finds the answer when it wakes, before its own timers run.
 */
function isOld(askedAtMs: number): boolean {
  return Math.abs(Date.now() - askedAtMs) > STORE_MS
}
