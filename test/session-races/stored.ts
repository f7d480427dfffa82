// What a store holds of a session.
import type { SessionData, Store } from 'express-session'

/** What the store holds, past the tap's counters and whoever watches. */
export function stored(store: Store, sessionId: string): Promise<(SessionData & Record<string, unknown>) | undefined> {
  return new Promise((resolve, reject) => {
    store.get(sessionId, (error: unknown, data) => {
      // Stores of files say so of a session that is not there, and express-session takes it for that.
      if (error && (error as NodeJS.ErrnoException).code !== 'ENOENT') reject(error)
      else resolve((data as never) ?? undefined)
    })
  })
}
