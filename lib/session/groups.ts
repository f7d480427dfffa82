// Values that are kept by session for as long as something is under way.

/** Stands for all sessions: `clear` changes every one. */
export const EVERY = Symbol('every session')

/** Several values for a session; a session without any takes no room. */
export class Groups<V> {
  readonly #groups = new Map<unknown, Set<V>>()

  /** Adds a value and gives the way to take it out again. */
  add(sessionId: unknown, value: V): () => void {
    const group = this.#groups.get(sessionId) ?? new Set()
    this.#groups.set(sessionId, group.add(value))
    return () => {
      group.delete(value)
      if (group.size === 0) this.#groups.delete(sessionId)
    }
  }

  /** Whether anything concerns this session. */
  has(sessionId: unknown): boolean {
    return this.#groups.has(sessionId) || this.#groups.has(EVERY)
  }

  /** What concerns this session, or all of them. */
  of(sessionId: unknown): V[] {
    const groups = sessionId === EVERY ? this.#groups.values() : [this.#groups.get(sessionId), this.#groups.get(EVERY)]
    return [...groups].flatMap((group) => [...(group ?? [])])
  }
}
