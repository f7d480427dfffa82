// The session store of all processes, with the delays of a network.
import { setTimeout as wait } from 'node:timers/promises'
import session, { type SessionData } from 'express-session'

const LATENCY_MS = 5

class DistantStore extends session.MemoryStore {
  override set(id: string, data: SessionData, callback?: (error?: unknown) => void): void {
    void wait(LATENCY_MS).then(() => super.set(id, data, callback))
  }
}

export const store = new DistantStore()

/** Whether there is a token on a session. */
export function hasToken(): boolean {
  const { sessions } = store as unknown as { sessions: Record<string, string> }
  return Object.values(sessions).some((text) => JSON.parse(text).hubspot?.token)
}
