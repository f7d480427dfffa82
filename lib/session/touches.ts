// Keeps the `touch` of a store from restoring a destroyed session, and from undoing the changes of another request.
import type { Session, Store } from 'express-session'
import type { LoadedSessions } from './loaded-sessions.js'
import { FORGOTTEN_MS, inTime } from './store-call.js'

/** The `touch` calls of one store. */
export type Touches = {
  /** The calls in progress that a `set` (of this session object), `destroy` or `clear` must wait for, each at most `STORE_MS`. */
  underWay(sessionId: unknown, operation: 'set' | 'destroy' | 'clear', session: unknown): Promise<void>[]
}

type Callback = (error?: unknown) => void

/** Reads a session and calls `use` with it at once; resolves with `false` if it was changed during every try. */
type UseFresh = (sessionId: string, use: (fresh: Session | undefined) => void) => Promise<boolean>

/** One call of `touch`. Its promise is created only when something waits for it, because there is one call for each page. */
class Touch {
  readonly sessionId: string
  readonly session: Session
  readonly startedAtMs = Date.now()
  #ended: Promise<void> | undefined
  #end: (() => void) | undefined

  constructor(sessionId: string, session: Session) {
    this.sessionId = sessionId
    this.session = session
  }

  whenEnded(): Promise<void> {
    this.#ended ??= new Promise((resolve) => {
      this.#end = resolve
    })
    return this.#ended
  }

  end(): void {
    this.#end?.()
  }
}

/**
 * Watches `touch` of a store. Some stores write the whole session in it: as the request has loaded it (session-memory-store,
 * level-session-store, connect-memcached), or as they have just read it (session-file-store). That restores destroyed sessions and
 * undoes changes. Therefore a `touch` with a stale session is made with a fresh one, and changes wait for a `touch` in progress.
 */
export function watchTouches(store: Store, loaded: LoadedSessions, useFresh: UseFresh): Touches {
  /** The calls in progress, oldest first. */
  const touches = new Set<Touch>()
  const original = store.touch as ((...args: unknown[]) => unknown) | undefined

  function touch(sessionId: string, session: Session, callback: Callback): unknown {
    const call = new Touch(sessionId, session)
    dropForgotten()
    touches.add(call)
    const release = (): void => {
      touches.delete(call)
      call.end()
    }
    try {
      return original?.call(store, sessionId, session, (error: unknown) => {
        release()
        callback(error)
      })
    } catch (thrown) {
      release()
      throw thrown
    }
  }

  /** Calls whose callback never comes must not fill the memory, or delay changes for ever. */
  function dropForgotten(): void {
    for (const call of touches) {
      if (Math.abs(Date.now() - call.startedAtMs) < FORGOTTEN_MS) return
      touches.delete(call)
    }
  }

  /** Reads the session again and touches it with the cookie of the request. Does nothing if it no longer exists. */
  async function touchFresh(sessionId: string, { cookie }: Session, callback: Callback): Promise<void> {
    let isPassedOn = false
    let isAnswered = false
    const answer: Callback = (error) => {
      isAnswered = true
      callback(error)
    }
    const passOn = (fresh: Session | undefined): void => {
      if (!fresh) return
      fresh.cookie = cookie
      isPassedOn = true
      touch(sessionId, fresh, answer)
    }
    try {
      await useFresh(sessionId, passOn)
      if (!isPassedOn) answer()
    } catch (thrown) {
      if (isAnswered) throw thrown
      // The caller has returned and waits for its callback, so the error goes there.
      answer(thrown)
    }
  }

  const watched = (sessionId: string, session: Session, callback: Callback = () => undefined): unknown =>
    (loaded.isStale(sessionId, session) ? touchFresh : touch)(sessionId, session, callback)
  if (original) Object.assign(store, { touch: watched })

  return {
    underWay(sessionId, operation, session) {
      // Some stores call their own `set` from `touch`, with the same session or a new object. That `set` must not wait for its `touch`.
      if (operation === 'set' && !loaded.isCopy(session)) return []
      dropForgotten()
      return [...touches]
        .filter((call) => (operation === 'clear' || call.sessionId === sessionId) && call.session !== session)
        .map((call) => inTime(call.whenEnded()))
    }
  }
}
