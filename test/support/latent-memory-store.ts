// An express-session MemoryStore with a delay before and after each operation, so that operations can overtake each other.
import { setTimeout as wait } from 'node:timers/promises'
import session from 'express-session'
import { type Hold, type Tap, tapStore } from './tapped-store.js'

/** The delay before or after an operation, in milliseconds. */
export type Latency = (...leg: Parameters<Hold>) => number

/** A random delay of up to this many milliseconds. */
export function upTo(longestMs: number): Latency {
  return () => Math.random() * longestMs
}

/** A store with the delays of a network. */
export class LatentMemoryStore extends session.MemoryStore {
  readonly tap: Tap

  constructor(latency: Latency = upTo(3)) {
    super()
    this.tap = tapStore(this, (...leg) => wait(latency(...leg)))
  }
}
