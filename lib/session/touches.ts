// Keeps a store's `touch` from bringing an ended session back, and from losing what another request wrote.
import type { Session, Store } from 'express-session'
import { Groups } from './groups.js'
import type { LoadedSessions } from './loaded-sessions.js'
import { FORGOTTEN_MS, inTime } from './store-call.js'

/** The `touch` calls of one store. */
export type Touches = {
  /** Those on their way that a `set` (with this session) or a `destroy` must wait for; not longer than a store may take. */
  underWay(sessionId: unknown, operation: 'set' | 'destroy' | 'clear', session: unknown): Promise<void>[]
}

type Callback = (error?: unknown) => void

/** Reads a session and hands it on at once; whether that was done, or the session changes all the time. */
type UseFresh = (sessionId: string, use: (fresh: Session | undefined) => void) => Promise<boolean>

/**
 * Watches a store's `touch`. Some stores write in it: what the request had loaded (session-memory-store, level-session-store,
 * connect-memcached), or what they read a moment before (session-file-store). By themselves they revive sessions and lose changes.
 * Therefore a `touch` with a copy that is older than what the store holds is made with a fresh one, and changes wait for those on
 * their way.
 */
export function watchTouches(store: Store, loaded: LoadedSessions, useFresh: UseFresh): Touches {
  const touches = new Groups<{ readonly session: Session; readonly ended: Promise<void> }>()
  const original = store.touch as ((...args: unknown[]) => unknown) | undefined

  function touch(sessionId: string, session: Session, callback: Callback): unknown {
    let end: () => void = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const remove = touches.add(sessionId, { session, ended })
    const forgotten = setTimeout(remove, FORGOTTEN_MS).unref()
    const release = (): void => {
      clearTimeout(forgotten)
      remove()
      end()
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

  /** Touches what the store holds by now, if anything, with the cookie of the request. */
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
      // Too late to throw at the caller, who waits for the callback.
      answer(thrown)
    }
  }

  const watched = (sessionId: string, session: Session, callback: Callback = () => undefined): unknown =>
    (loaded.isStale(sessionId, session) ? touchFresh : touch)(sessionId, session, callback)
  if (original) Object.assign(store, { touch: watched })

  return {
    underWay(sessionId, operation, session) {
      // Some stores call their own `set` from `touch`, with its session or with one that no request has: it must not wait for itself.
      if (operation === 'set' && !loaded.isCopy(session)) return []
      const others = touches.of(sessionId).filter((touch) => touch.session !== session)
      return others.map(({ ended }) => inTime(ended))
    }
  }
}
