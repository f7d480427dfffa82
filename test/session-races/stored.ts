// Reads a session from a store.
import type { SessionData, Store } from 'express-session'

/** The session in the store, or `undefined` when there is none. */
export function stored(store: Store, sessionId: string): Promise<(SessionData & Record<string, unknown>) | undefined> {
  return new Promise((resolve, reject) => {
    store.get(sessionId, (error: unknown, data) => {
      // File stores report a missing session as ENOENT, and express-session accepts that.
      if (error && (error as NodeJS.ErrnoException).code !== 'ENOENT') reject(error)
      else resolve((data as never) ?? undefined)
    })
  })
}
