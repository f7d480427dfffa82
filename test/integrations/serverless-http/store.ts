// The store of all processes, with the way of a network to it.
import { setTimeout as wait } from 'node:timers/promises'
import session, { type SessionData } from 'express-session'

const LATENCY_MS = 5

class DistantStore extends session.MemoryStore {
  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    void wait(LATENCY_MS).then(() => super.set(id, data, callback))
  }
}

export const store = new DistantStore()

/** Whether a token is on a session now. */
export function hasToken(): boolean {
  const { sessions } = store as unknown as { sessions: Record<string, string> }
  return Object.values(sessions).some((text) => JSON.parse(text).hubspot?.token)
}
