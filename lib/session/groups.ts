// A map with several values for each session id, for calls of the store that are in progress.

/** Used instead of a session id by `clear`, which changes all sessions. */
export const EVERY = Symbol('every session')

/** Several values for each session id. A session id without values takes no memory. */
export class Groups<V> {
  readonly #groups = new Map<unknown, Set<V>>()

  /** Adds a value. The returned function removes it. */
  add(sessionId: unknown, value: V): () => void {
    const group = this.#groups.get(sessionId) ?? new Set()
    this.#groups.set(sessionId, group.add(value))
    return () => {
      group.delete(value)
      if (group.size === 0) this.#groups.delete(sessionId)
    }
  }

  /** Whether there is a value for this session, or for all sessions. */
  has(sessionId: unknown): boolean {
    return this.#groups.has(sessionId) || this.#groups.has(EVERY)
  }

  /** The values for this session and for all sessions; for `EVERY`, all values. */
  of(sessionId: unknown): V[] {
    const groups = sessionId === EVERY ? this.#groups.values() : [this.#groups.get(sessionId), this.#groups.get(EVERY)]
    return [...groups].flatMap((group) => [...(group ?? [])])
  }
}
