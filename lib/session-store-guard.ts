// Amends one session in an express-session store without racing this process's other writers of the same session.
import type { SessionData, Store } from 'express-session'

/** The careful writer of one store. */
export type StoreGuard = {
  /**
   * Reads the session, and writes back what `change` makes of it. Nothing is written when the session is gone, when `change`
   * gives `undefined`, or when somebody else keeps writing. Never rejects.
   */
  amend(sessionId: string, change: (fresh: SessionData) => SessionData | undefined): Promise<void>
}

/** How often a session that others write meanwhile is read again. */
const TRIES = 3
/** How long the store is waited for; and the longest another writer is held up by our write of the same session. */
const STORE_MS = 2000

type Callback = (error?: unknown, value?: SessionData | null) => void
type Operation = (sessionId: string, ...rest: unknown[]) => unknown

/**
 * Watches a store's `set`, `destroy` and `clear`, which express-session and the app call, to know when a session changes:
 *
 * - a change between our read and our write makes us read again;
 * - a change that is still on its way when we come is waited for;
 * - a change that comes while our write is on its way is passed on right after it, because a store may overtake itself.
 *
 * So a logout always has the last word, and nobody's data is undone. Between processes one round trip remains.
 */
export function guardStore(store: Store): StoreGuard {
  /** Changes on their way to the store, by session. */
  const changing = new Map<string, Set<Promise<unknown>>>()
  /** Sessions that we have read and not yet written; `true` once somebody else changed them. */
  const reading = new Map<string, { changed: boolean }>()
  /** Our own writes on their way, by session. */
  const writing = new Map<string, Promise<unknown>>()
  const ownSet = store.set.bind(store)

  function watch(name: 'set' | 'destroy'): void {
    const original = store[name] as Operation
    const watched: Operation = (sessionId, ...rest) => {
      const interested = reading.get(sessionId)
      if (interested) interested.changed = true
      const { args, finished, settle } = withCallback(rest)
      remember(changing, sessionId, finished)
      const pass = () => settle(original.call(store, sessionId, ...args))
      return writing.get(sessionId)?.then(pass) ?? pass()
    }
    Object.assign(store, { [name]: watched })
  }
  watch('set')
  watch('destroy')
  if (typeof store.clear === 'function') {
    const clear = store.clear
    store.clear = (callback) => {
      for (const interested of reading.values()) interested.changed = true
      clear.call(store, callback)
    }
  }

  async function tryToAmend(
    sessionId: string,
    change: (fresh: SessionData) => SessionData | undefined
  ): Promise<boolean> {
    const interest = { changed: false }
    reading.set(sessionId, interest)
    try {
      await inTime(Promise.all(changing.get(sessionId) ?? []))
      if (changing.has(sessionId)) return false
      interest.changed = false
      const fresh = await inTime(
        new Promise<SessionData | null | undefined>((resolve) => {
          store.get(sessionId, (error: unknown, session) => resolve(error ? undefined : session))
        })
      )
      // From here to the write nothing is awaited.
      if (interest.changed || changing.has(sessionId)) return false
      const amended = fresh && change(fresh)
      if (!amended) return true
      const written = new Promise<void>((resolve) => ownSet(sessionId, amended, () => resolve()))
      const settled = inTime(written).finally(() => writing.delete(sessionId))
      writing.set(sessionId, settled)
      await settled
      return true
    } finally {
      reading.delete(sessionId)
    }
  }

  return {
    async amend(sessionId, change) {
      // Somebody is already amending this session with a token of the same browser; the next page sees to the rest.
      if (reading.has(sessionId) || writing.has(sessionId)) return
      try {
        for (let tries = 0; tries < TRIES; tries += 1) {
          if (await tryToAmend(sessionId, change)) return
        }
      } catch {
        // A store that throws is express-session's to report; the token is still in memory.
      }
    }
  }
}

/**
 * Learns when a store operation has finished, for callers with a callback and for those who await it. A caller without a
 * callback gets the error that our own callback would otherwise have swallowed.
 */
function withCallback(rest: unknown[]) {
  const at = rest.findIndex((argument) => typeof argument === 'function')
  const given = at === -1 ? undefined : (rest[at] as Callback)
  const outcome: { error?: unknown; finish?: () => void } = {}
  const finished = new Promise<void>((resolve) => {
    outcome.finish = resolve
  })
  const callback: Callback = (...results) => {
    outcome.error = results[0]
    outcome.finish?.()
    given?.(...results)
  }
  const settle = (returned: unknown): unknown => {
    if (given || !(returned instanceof Promise)) return returned
    return returned.then((value) => {
      if (outcome.error) throw outcome.error
      return value
    })
  }
  return { args: [...(given ? rest.slice(0, at) : rest), callback], finished, settle }
}

function remember(changing: Map<string, Set<Promise<unknown>>>, sessionId: string, finished: Promise<unknown>): void {
  const all = changing.get(sessionId) ?? new Set()
  changing.set(sessionId, all.add(finished))
  void finished.then(() => {
    all.delete(finished)
    if (all.size === 0) changing.delete(sessionId)
  })
}

/** Waits, but not longer than the store may take. */
async function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, STORE_MS, undefined).unref()
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
